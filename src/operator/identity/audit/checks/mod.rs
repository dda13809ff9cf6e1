//! The checks over the facts, and which of them could not be made.

mod accounts;
mod credentials;
mod roles;

use super::{
    facts::Facts,
    table::{Check, Level},
};
use crate::operator::identity::model::Account;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// In the order of the table, then of their texts.
    pub findings: Vec<Finding>,
    /// Checks that lack something, and what.
    pub unchecked: Vec<Unchecked>,
    /// The issuer that the cluster is taken to have.
    pub issuer: Option<String>,
}

/// Something wrong.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Finding {
    /// By which check.
    pub check: Check,
    /// What it is about.
    pub about: String,
    /// What is wrong, and what to do.
    pub text: String,
}

/// Checks that were not made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Unchecked {
    /// Which.
    pub checks: &'static [Check],
    /// What they lack.
    pub reason: &'static str,
}

impl Audit {
    /// Whether any finding is more than a warning.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.check.level() == Level::Error)
    }
}

/// Makes all checks.
pub(crate) fn audit(facts: &Facts) -> Audit {
    let issuer = facts.issuer.clone().or_else(|| only_issuer(facts));
    let mut audit = Audit { unchecked: unchecked(facts, issuer.is_some()), issuer, ..Audit::default() };
    let mut findings = credentials::check(facts, audit.issuer.as_deref());
    findings.extend(accounts::check(facts, audit.issuer.as_deref()));
    findings.extend(roles::check(facts));
    findings.sort();
    findings.dedup();
    audit.findings = findings;
    audit
}

/// The issuer of all credentials for service accounts, if it is one.
fn only_issuer(facts: &Facts) -> Option<String> {
    let mut issuers = facts
        .credentials
        .iter()
        .filter(|credential| account_of(&credential.subject).is_some())
        .map(|credential| &credential.issuer);
    let first = issuers.next()?;
    issuers.all(|issuer| issuer == first).then(|| first.clone())
}

/// The service account of a subject; none when it is none of a service account.
fn account_of(subject: &str) -> Option<Account> {
    let (namespace, name) = subject
        .strip_prefix("system:serviceaccount:")?
        .split_once(':')?;
    Some(Account { namespace: namespace.to_owned(), name: name.to_owned() })
}

fn unchecked(facts: &Facts, has_issuer: bool) -> Vec<Unchecked> {
    use Check::{
        AccountUnused, AudienceWrong, ClientIdIsPrincipalId, ClientIdUnknown, CredentialMissing,
        CredentialTwice, CredentialsFull, DefaultAccount, IdentityShared, IssuerSpelling, RoleBroad,
        RoleGrants, RoleWide, StaticSecret, SubjectMalformed, SubjectUnknown,
    };
    let rows: [(bool, &'static [Check], &'static str); 6] = [
        (
            facts.accounts.is_empty(),
            &[
                SubjectUnknown,
                CredentialMissing,
                ClientIdIsPrincipalId,
                ClientIdUnknown,
                AccountUnused,
                DefaultAccount,
            ],
            "no service account is among the files (`kubectl get serviceaccounts,pods -A -o json`)",
        ),
        (
            facts.workloads == 0,
            &[StaticSecret, AccountUnused],
            "no pod and no workload is among the files (`kubectl get serviceaccounts,pods -A -o json`)",
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
                CredentialsFull,
                IdentityShared,
            ],
            "no federated credential is among the files (`az identity federated-credential list -o json`, for each identity)",
        ),
        (
            !facts.credentials.is_empty() && !has_issuer,
            &[SubjectUnknown, SubjectMalformed, IssuerSpelling],
            "the credentials have several issuers, and which is the cluster's is not known; give `--issuer`",
        ),
        (
            facts.identities.is_empty(),
            &[CredentialMissing, ClientIdIsPrincipalId, ClientIdUnknown],
            "no identity is among the files (`az identity list -o json`)",
        ),
        (
            facts.roles.is_empty(),
            &[RoleGrants, RoleBroad, RoleWide],
            "no role assignment is among the files (`az role assignment list --all -o json`)",
        ),
    ];
    rows.into_iter()
        .filter(|(lacks, ..)| *lacks)
        .map(|(_, checks, reason)| Unchecked { checks, reason })
        .collect()
}
