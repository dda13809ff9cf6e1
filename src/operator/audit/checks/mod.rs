//! The checks over the facts, and which of them could not be made.

mod accounts;
mod credentials;
mod environments;
mod roles;
mod secrets;
mod unchecked;

use super::{
    facts::{Facts, account_of},
    table::{Check, Level},
};
use unchecked::unchecked;

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
    pub reason: String,
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
    let issuer = issuer_of(facts);
    let mut audit = Audit { unchecked: unchecked(facts, issuer.as_deref()), issuer, ..Audit::default() };
    let mut findings = credentials::check(facts, audit.issuer.as_deref());
    findings.extend(accounts::check(facts, audit.issuer.as_deref()));
    findings.extend(environments::check(facts, audit.issuer.as_deref()));
    findings.extend(roles::check(facts));
    findings.extend(secrets::check(facts));
    findings.sort();
    findings.dedup();
    audit.findings = findings;
    audit
}

/// The issuer that the cluster is taken to have.
pub(super) fn issuer_of(facts: &Facts) -> Option<String> {
    facts.issuer.clone().or_else(|| only_issuer(facts))
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
