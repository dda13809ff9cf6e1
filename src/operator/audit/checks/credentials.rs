//! Federated credentials: whom they let in, and how they are spelt.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::operator::{
    audit::{
        facts::{Credential, Dumped, Facts, account_of},
        table::Check,
    },
    identity::{
        claim::AUDIENCES,
        model::{Account, MAX_CREDENTIALS, ManagedIdentity},
        naming,
    },
};

/// Looks at each credential, and at those of each identity together.
pub(super) fn check(facts: &Facts, issuer: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for credential in &facts.credentials {
        findings.extend(subject(facts, credential, issuer));
        findings.extend(audience(credential));
    }
    let mut by_identity: BTreeMap<ManagedIdentity, Vec<&Credential>> = BTreeMap::new();
    for credential in &facts.credentials {
        if let Some(identity) = &credential.identity {
            by_identity
                .entry(identity.clone())
                .or_default()
                .push(credential);
        }
    }
    for (identity, credentials) in by_identity {
        findings.extend(together(&identity, &credentials));
    }
    findings
}

/// What a credential is called in a report.
fn named(credential: &Credential) -> String {
    match &credential.identity {
        Some(identity) => format!("credential {}/{}", identity.name, credential.name),
        None => format!("credential {} of an app registration", credential.name),
    }
}

fn subject(facts: &Facts, credential: &Credential, issuer: Option<&str>) -> Option<Finding> {
    let issuer = issuer?;
    let finding = |check, text| Some(Finding { check, about: named(credential), text });
    let subject = credential.subject.escape_debug();
    if credential.issuer != issuer {
        if bare(&credential.issuer) != bare(issuer) {
            // Another cluster's, or somebody else's.
            return None;
        }
        let text = format!(
            "its issuer is {}, and the cluster's is {issuer}; Entra compares each letter (AADSTS700211): delete it, and make it anew",
            credential.issuer.escape_debug()
        );
        return finding(Check::IssuerSpelling, text);
    }
    let Some(account) = service_account(&credential.subject) else {
        let text = format!(
            "its subject is `{subject}`, and those of service accounts are system:serviceaccount:NAMESPACE:NAME, to the letter: delete it"
        );
        return finding(Check::SubjectMalformed, text);
    };
    if facts.dumped(&account.namespace) == Dumped::Nothing || facts.accounts.contains_key(&account) {
        return None;
    }
    let text = format!(
        "the cluster has no service account `{account}`; delete the credential, or whoever makes that account is the identity"
    );
    finding(Check::SubjectUnknown, text)
}

/// The service account of a subject, if there can be one of that name.
pub(super) fn service_account(subject: &str) -> Option<Account> {
    account_of(subject).filter(|account| {
        naming::NAMESPACE.accepts(&account.namespace) && naming::ACCOUNT.accepts(&account.name)
    })
}

/// An issuer without what is easily mistaken in it.
fn bare(issuer: &str) -> String {
    issuer.trim_end_matches('/').to_ascii_lowercase()
}

fn audience(credential: &Credential) -> Option<Finding> {
    let is_right = matches!(credential.audiences.as_slice(), [one] if AUDIENCES.contains(&one.as_str()));
    let audiences = credential.audiences.join("`, `");
    (!is_right).then(|| Finding {
        check: Check::AudienceWrong,
        about: named(credential),
        text: format!("its audiences are `{}`; expected {} alone", audiences.escape_debug(), AUDIENCES[0]),
    })
}

/// What the credentials of an identity show together.
fn together(identity: &ManagedIdentity, credentials: &[&Credential]) -> Vec<Finding> {
    let about = format!("identity {}", identity.name);
    let mut findings = Vec::new();
    if credentials.len() >= MAX_CREDENTIALS {
        let text = format!(
            "it holds {} federated credentials, and Azure allows {MAX_CREDENTIALS}; delete those that nobody needs, or bind it to clusters",
            credentials.len()
        );
        findings.push(Finding { check: Check::CredentialsFull, about: about.clone(), text });
    }
    let mut seen = BTreeMap::new();
    for credential in credentials {
        if let Some(first) = seen.insert((&credential.issuer, &credential.subject), &credential.name) {
            let text = format!("`{first}` is for the same issuer and subject (AADSTS700263); delete one");
            findings.push(Finding { check: Check::CredentialTwice, about: named(credential), text });
        }
    }
    let of_accounts = credentials.iter().filter_map(|credential| {
        let account = service_account(&credential.subject)?;
        Some((bare(&credential.issuer), account.namespace))
    });
    let (issuers, namespaces): (BTreeSet<_>, BTreeSet<_>) = of_accounts.unzip();
    let mut shared = Vec::new();
    if namespaces.len() > 1 {
        shared.push(format!("namespaces {}", namespaces.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if issuers.len() > 1 {
        shared.push(format!("{} clusters", issuers.len()));
    }
    if !shared.is_empty() {
        let text = format!(
            "service accounts of {} are this identity, and have each other's rights; give each an identity of its own",
            shared.join(" and of ")
        );
        findings.push(Finding { check: Check::IdentityShared, about, text });
    }
    findings
}
