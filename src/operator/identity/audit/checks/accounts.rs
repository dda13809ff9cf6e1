//! Service accounts, and the pods that have them.

use std::collections::BTreeMap;

use super::Finding;
use crate::operator::identity::{
    audit::{
        facts::{Credential, Facts, Identity},
        table::Check,
    },
    model::Account,
};

/// Looks at each service account that is an identity, and at the secrets in pods.
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
        .filter_map(|(account, id)| Some((account, id.as_deref()?)));
    let mut findings: Vec<_> = with_identity
        .flat_map(|(account, client_id)| one(facts, &by_subject, (account, client_id), issuer))
        .collect();
    findings.extend(facts.secrets.iter().map(|sighting| Finding {
        check: Check::StaticSecret,
        about: sighting.object.clone(),
        text: format!(
            "container `{}` sets {}, and SDKs take that before an identity; remove it, then revoke the secret",
            sighting.container,
            sighting.variables.join(" and ")
        ),
    }));
    findings
}

fn one(
    facts: &Facts,
    by_subject: &BTreeMap<&str, Vec<&Credential>>,
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
    } else if facts.workloads > 0 && !facts.used.contains(account) {
        find(
            Check::AccountUnused,
            "no pod and no workload in the files has it; delete it with its credential if nothing needs it"
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
            if !facts.credentials.is_empty()
                && !has_credential(by_subject.get(account.subject().as_str()), identity, issuer)
            {
                let text = format!(
                    "identity `{}` has no federated credential for it in the files, and without one Entra refuses its tokens (AADSTS700213); make \
                     one, or remove the annotation",
                    identity.resource.name
                );
                find(Check::CredentialMissing, text);
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
            let text = format!("no identity in the files has the client id {}", client_id.escape_debug());
            find(Check::ClientIdUnknown, text);
        }
    }
    findings
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
