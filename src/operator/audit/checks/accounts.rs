//! Service accounts, and whether pods have them.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::operator::{
    audit::{
        facts::{Credential, Facts, Identity},
        table::Check,
    },
    identity::model::Account,
};

/// Looks at each service account that is an identity.
pub(super) fn check(facts: &Facts, issuer: Option<&str>) -> Vec<Finding> {
    let mut by_subject: BTreeMap<&str, Vec<&Credential>> = BTreeMap::new();
    for credential in &facts.credentials {
        by_subject
            .entry(&credential.subject)
            .or_default()
            .push(credential);
    }
    let with_identity = facts
        .accounts
        .iter()
        .filter_map(|(account, known)| Some((account, known.client_id.as_deref()?)));
    let seen = Seen { by_subject, used: facts.used(), is_known: facts.workloads() > 0 };
    with_identity
        .flat_map(|(account, client_id)| one(facts, &seen, (account, client_id), issuer))
        .collect()
}

/// What service accounts are compared with.
struct Seen<'a> {
    by_subject: BTreeMap<&'a str, Vec<&'a Credential>>,
    used: BTreeSet<Account>,
    /// Whether any pods were read.
    is_known: bool,
}

fn one(
    facts: &Facts,
    seen: &Seen<'_>,
    (account, client_id): (&Account, &str),
    issuer: Option<&str>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |check, text: String| {
        findings.push(Finding { check, about: format!("service account {account}"), text });
    };
    if account.name == "default" {
        find(
            Check::DefaultAccount,
            "every pod of the namespace that names no account is the identity; give the workload an account of its own".to_owned(),
        );
    } else if seen.is_known && !seen.used.contains(account) {
        find(
            Check::AccountUnused,
            "no pod and no workload that was read has it; delete it with its credential if nothing needs it"
                .to_owned(),
        );
    }
    if facts.identities.is_empty() {
        return findings;
    }
    let by = |id: fn(&Identity) -> &str| {
        facts
            .identities
            .iter()
            .find(|identity| id(identity) == client_id)
    };
    match (by(|identity| &identity.client_id), by(|identity| &identity.principal_id)) {
        (Some(identity), _) => {
            if let Some((check, text)) = credential(facts, seen, account, identity, issuer) {
                find(check, text);
            }
        }
        (None, Some(identity)) => {
            let text = format!(
                "its annotation is the principal id of identity `{}`; write the client id, {}",
                identity.resource.name, identity.client_id
            );
            find(Check::ClientIdIsPrincipalId, text);
        }
        (None, None) => {
            let text = format!("no identity that was read has the client id {}", client_id.escape_debug());
            find(Check::ClientIdUnknown, text);
        }
    }
    findings
}

/// What is wrong with the credential by which `account` is `identity`.
fn credential(
    facts: &Facts,
    seen: &Seen<'_>,
    account: &Account,
    identity: &Identity,
    issuer: Option<&str>,
) -> Option<(Check, String)> {
    let name = &identity.resource.name;
    let is_of = |credential: &Credential| {
        credential
            .identity
            .as_ref()
            .is_some_and(|of| of.is(&identity.resource))
    };
    if facts.credentials.is_empty()
        || has_credential(seen.by_subject.get(account.subject().as_str()), identity, issuer)
    {
        return None;
    }
    // The list of an identity without any is empty, and does not say whose it is.
    if !facts.credentials.iter().any(is_of) {
        let text = format!(
            "no credential of identity `{name}` was read: it has none, or its list is missing (`az identity federated-credential list \
             --identity-name {name} --resource-group {} -o json`)",
            identity.resource.resource_group
        );
        return Some((Check::CredentialNotSeen, text));
    }
    let text = format!(
        "identity `{name}` has no federated credential for it, and without one Entra refuses its tokens (AADSTS700213); make \
         one, or remove the annotation"
    );
    Some((Check::CredentialMissing, text))
}

/// Whether `identity` is that of one of `credentials`, of the cluster's issuer where that is known.
fn has_credential(credentials: Option<&Vec<&Credential>>, identity: &Identity, issuer: Option<&str>) -> bool {
    credentials.into_iter().flatten().any(|credential| {
        credential
            .identity
            .as_ref()
            .is_some_and(|of| of.is(&identity.resource))
            && issuer.is_none_or(|issuer| credential.issuer == issuer)
    })
}
