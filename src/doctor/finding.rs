//! What a check found.

use super::table::Check;

/// What one check found about one thing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    /// The check.
    pub(crate) check: &'static Check,
    /// What was looked at, where there may be several: `pod shop/cart`, an identity, a resource. Empty where there is only one.
    pub(crate) about: String,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// It holds: what was found, in a few words, or nothing to add.
    Passed(String),
    /// It works today, and somebody should look at it.
    Warned(Diagnosis),
    /// It does not hold, and tokens or the application fail.
    Failed(Diagnosis),
    /// It could not run.
    NotRun {
        /// Why, such as the id of the check that failed before it.
        why: String,
        /// What to do so that it can.
        how: String,
    },
}

/// What is wrong. No part of it is ever a token, an assertion or another secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Diagnosis {
    /// What was found instead of what should hold, in one sentence.
    pub(crate) found: String,
    /// What shows it: values, answers, where they were read; a line each.
    pub(crate) evidence: Vec<String>,
    /// What to do; empty for what the table says.
    pub(crate) fix: String,
}

impl Check {
    /// It holds.
    pub(crate) fn passed(&'static self, found: impl Into<String>) -> Finding {
        self.finding(Outcome::Passed(found.into()))
    }

    /// Somebody should look at it.
    pub(crate) fn warned(&'static self, diagnosis: Diagnosis) -> Finding {
        self.finding(Outcome::Warned(diagnosis))
    }

    /// It does not hold.
    pub(crate) fn failed(&'static self, diagnosis: Diagnosis) -> Finding {
        self.finding(Outcome::Failed(diagnosis))
    }

    /// It could not run: why, and what to do so that it can.
    pub(crate) fn not_run(&'static self, why: impl Into<String>, how: impl Into<String>) -> Finding {
        self.finding(Outcome::NotRun { why: why.into(), how: how.into() })
    }

    fn finding(&'static self, outcome: Outcome) -> Finding {
        Finding { check: self, about: String::new(), outcome }
    }
}

impl Finding {
    /// The same, about one of several things.
    #[must_use]
    pub(crate) fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Whether it is a failure.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

impl Diagnosis {
    /// Something was found, for which the table has the fix.
    pub(crate) fn new(found: impl Into<String>) -> Self {
        Self { found: found.into(), ..Self::default() }
    }

    /// Adds what shows it.
    #[must_use]
    pub(crate) fn evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    /// Says what to do better than the table can.
    #[must_use]
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}
