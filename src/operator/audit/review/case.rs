//! What questions are answered from, and answers with their evidence.

use std::fmt::Display;

use super::model::Answer;
use crate::operator::audit::{checks::Audit, facts::Facts, inventory::Inventory, table::Check};

/// What questions are answered from.
pub(super) struct Case<'a> {
    /// What was read.
    pub facts: &'a Facts,
    /// What is wrong with it.
    pub audit: Audit,
    /// The identities.
    pub inventory: Inventory,
}

/// An answer with its evidence.
pub(super) struct Found {
    pub answer: Answer,
    /// What was seen, or what is missing.
    pub evidence: Vec<String>,
}

impl Found {
    /// Yes, for what was seen.
    pub(super) fn yes(evidence: impl Into<String>) -> Self {
        Self { answer: Answer::Yes, evidence: vec![evidence.into()] }
    }

    /// Nothing shows it.
    pub(super) fn unseen() -> Self {
        Self { answer: Answer::CannotSee, evidence: Vec::new() }
    }

    /// No, where anything is `wrong`; else yes, for what was `seen`.
    pub(super) fn unless<T: Display>(wrong: impl IntoIterator<Item = T>, seen: impl Into<String>) -> Self {
        let mut wrong: Vec<_> = wrong.into_iter().map(|text| text.to_string()).collect();
        wrong.sort();
        wrong.dedup();
        if wrong.is_empty() { Self::yes(seen) } else { Self { answer: Answer::No, evidence: wrong } }
    }
}

impl Case<'_> {
    /// No, where an audit finds anything by `checks`; not seen, where one of them could not be made of everything; else yes.
    pub(super) fn by_checks(&self, checks: &[Check], seen: impl Into<String>) -> Found {
        let wrong: Vec<_> = self
            .audit
            .findings
            .iter()
            .filter(|finding| checks.contains(&finding.check))
            .map(|finding| format!("{}: {}: {}", finding.check.id(), finding.about, finding.text))
            .collect();
        if !wrong.is_empty() {
            return Found::unless(wrong, "");
        }
        let missing: Vec<_> = self
            .audit
            .unchecked
            .iter()
            .filter(|unchecked| unchecked.checks.iter().any(|check| checks.contains(check)))
            .map(|unchecked| unchecked.reason.clone())
            .collect();
        if missing.is_empty() {
            Found::yes(seen)
        } else {
            Found { answer: Answer::CannotSee, evidence: missing }
        }
    }

    /// Whether service accounts and workloads were read.
    pub(super) fn has_workloads(&self) -> bool {
        !self.facts.accounts.is_empty() && self.facts.workloads() > 0
    }
}
