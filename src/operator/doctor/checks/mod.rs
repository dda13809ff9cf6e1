//! The checks, by category: what each looks at, and what it says.

pub(super) mod arguments;
mod azure;
pub(super) mod azwi;
mod bound;
mod injected;
pub(super) mod injector;
mod logs;
#[expect(clippy::unnecessary_wraps, reason = "all looks have one form")]
mod made;
#[expect(clippy::unnecessary_wraps, reason = "all looks have one form")]
mod manifest;
#[expect(clippy::unnecessary_wraps, reason = "all looks have one form")]
mod names;
mod rights;
mod roles;
mod running;
mod selectors;
mod vaults;
pub(super) mod webhook;
mod workload_identity;

use super::{
    case::Case,
    facts::{Facts, NotRead},
};
use crate::doctor::{Check, Finding};

/// What looks at one workload; nothing where there is nothing to look at.
pub(super) type Look = fn(&Case<'_>) -> Option<Finding>;

/// What looks at one workload, in chain order.
pub(super) fn of_workloads() -> impl Iterator<Item = Look> {
    let all = [
        manifest::LOOKS,
        names::LOOKS,
        made::LOOKS,
        injected::LOOKS,
        workload_identity::LOOKS,
        running::LOOKS,
        logs::LOOKS,
        azure::LOOKS,
        roles::LOOKS,
        vaults::LOOKS,
    ];
    all.into_iter().flatten().copied()
}

/// What looks at what all workloads share.
pub(super) fn of_cluster(facts: &Facts, cases: &[Case<'_>]) -> Vec<Finding> {
    let mut findings = azwi::look(facts, cases);
    findings.extend(injector::look(facts, cases));
    findings.extend(bound::look(facts));
    findings.extend(logs::files(facts));
    findings.extend(azure::issuer(facts, cases));
    findings
}

/// A check that lacks something.
fn not_read(check: &'static Check, NotRead { why, how }: NotRead) -> Finding {
    check.not_run(why, how)
}
