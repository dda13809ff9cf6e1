//! Which checks lack something, and what.

use std::collections::BTreeSet;

use super::{Unchecked, credentials::service_account};
use crate::operator::audit::{
    facts::{Dumped, Facts},
    table::Check::{
        self, AccountUnused, AudienceWrong, ClientIdIsPrincipalId, ClientIdUnknown, CredentialMissing,
        CredentialNotSeen, CredentialTwice, CredentialsFull, DefaultAccount, EnvironmentShared,
        IdentityShared, IssuerSpelling, RoleBroad, RoleGrants, RoleWide, StaticKey, StaticSecret,
        SubjectMalformed, SubjectUnknown,
    },
};

/// The most names that are told.
const MOST_NAMED: usize = 5;

/// A row: whether it lacks something, for which checks, and what to give.
type Row = (bool, &'static [Check], &'static str);

/// The checks that could not be made, or not of everything.
pub(super) fn unchecked(facts: &Facts, issuer: Option<&str>) -> Vec<Unchecked> {
    let mut all: Vec<_> = rows(facts, issuer.is_some())
        .into_iter()
        .filter(|(lacks, ..)| *lacks)
        .map(|(_, checks, reason)| Unchecked { checks, reason: reason.to_owned() })
        .collect();
    all.extend(of_namespaces(facts, issuer));
    all.extend(of_secrets(facts));
    all
}

fn rows(facts: &Facts, has_issuer: bool) -> [Row; 7] {
    let has_workloads = facts.workloads() > 0;
    let has_environment = facts.environments.values().any(Option::is_some);
    [
        (
            facts.accounts.is_empty(),
            &[
                SubjectUnknown,
                CredentialMissing,
                CredentialNotSeen,
                ClientIdIsPrincipalId,
                ClientIdUnknown,
                AccountUnused,
                DefaultAccount,
            ],
            "no service account was read (`kubectl get serviceaccounts,pods -A -o json`)",
        ),
        (
            !has_workloads,
            &[StaticSecret, StaticKey, AccountUnused],
            "no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)",
        ),
        (
            facts.credentials.is_empty(),
            &[
                SubjectUnknown,
                SubjectMalformed,
                IssuerSpelling,
                AudienceWrong,
                CredentialTwice,
                CredentialMissing,
                CredentialNotSeen,
                CredentialsFull,
                IdentityShared,
            ],
            "no federated credential was read (`az identity federated-credential list -o json`, for each identity)",
        ),
        (
            !facts.credentials.is_empty() && !has_issuer,
            &[SubjectUnknown, SubjectMalformed, IssuerSpelling],
            "the credentials have several issuers, and which is the cluster's is not known; give `--issuer`",
        ),
        (
            facts.identities.is_empty(),
            &[CredentialMissing, CredentialNotSeen, ClientIdIsPrincipalId, ClientIdUnknown],
            "no identity was read (`az identity list -o json`)",
        ),
        (
            !has_environment,
            &[EnvironmentShared],
            "no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label",
        ),
        (
            facts.roles.is_empty(),
            &[RoleGrants, RoleBroad, RoleWide],
            "no role assignment was read (`az role assignment list --all -o json`)",
        ),
    ]
}

/// Namespaces whose service accounts were not dumped, while those of others were.
fn of_namespaces(facts: &Facts, issuer: Option<&str>) -> Option<Unchecked> {
    if facts.accounts.is_empty() {
        return None;
    }
    let missing: BTreeSet<_> = facts
        .credentials
        .iter()
        .filter(|credential| issuer == Some(&credential.issuer))
        .filter_map(|credential| service_account(&credential.subject))
        .map(|account| account.namespace)
        .filter(|namespace| facts.dumped(namespace) == Dumped::Nothing)
        .collect();
    let reason = format!(
        "service accounts of namespaces were not read, or these are gone: {} (`kubectl get serviceaccounts -A -o json`)",
        named(&missing)
    );
    (!missing.is_empty()).then_some(Unchecked { checks: &[SubjectUnknown], reason })
}

/// Secrets that pods take in.
fn of_secrets(facts: &Facts) -> Option<Unchecked> {
    let missing: BTreeSet<_> = facts.usage.unread_secrets.iter().cloned().collect();
    let reason = format!(
        "Secrets that pods take in were not read, so nobody knows what is in them: {} (`kubectl get secrets -A -o json`, or `--with-secrets`; \
         no value is kept)",
        named(&missing)
    );
    (!missing.is_empty()).then_some(Unchecked { checks: &[StaticSecret, StaticKey], reason })
}

fn named(names: &BTreeSet<String>) -> String {
    let first: Vec<_> = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| name.escape_debug().to_string())
        .collect();
    match names.len().saturating_sub(MOST_NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
