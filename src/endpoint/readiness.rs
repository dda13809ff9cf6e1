//! Whether requests should be sent here.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde::Serialize;

/// What must hold before requests should be sent here. Liveness never depends on it.
#[derive(Default)]
pub(crate) struct Readiness {
    conditions: Vec<(&'static str, Condition)>,
}

enum Condition {
    Flagged(Arc<AtomicBool>),
    Checked(Box<dyn Fn() -> Holds + Send + Sync>),
}

/// Whether a condition holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Holds {
    /// It does.
    Yes,
    /// It does not, but requests can be answered all the same, as long as it lasts. Says why.
    Degraded(String),
    /// It does not, and says why.
    No(String),
}

impl From<Result<(), String>> for Holds {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::No, |()| Self::Yes)
    }
}

/// Says that a condition holds, or holds no longer.
#[derive(Clone, Debug)]
pub(crate) struct Flag(Arc<AtomicBool>);

impl Flag {
    /// Says whether the condition holds.
    pub(crate) fn set(&self, holds: bool) {
        self.0.store(holds, Ordering::Release);
    }
}

impl Readiness {
    /// Adds a condition that does not hold until its flag is set.
    pub(crate) fn flag(&mut self, name: &'static str) -> Flag {
        let holds = Arc::new(AtomicBool::new(false));
        self.conditions
            .push((name, Condition::Flagged(Arc::clone(&holds))));
        Flag(holds)
    }

    /// Adds a condition that is looked at whenever someone asks. `check` must be quick, and says what is wrong.
    pub(crate) fn checked<H: Into<Holds>>(
        &mut self,
        name: &'static str,
        check: impl Fn() -> H + Send + Sync + 'static,
    ) {
        let check = move || check().into();
        self.conditions
            .push((name, Condition::Checked(Box::new(check))));
    }

    /// What holds and what does not.
    pub(super) fn report(&self) -> Report {
        let mut report = Report { ready: true, pending: Vec::new(), degraded: Vec::new() };
        for (condition, state) in &self.conditions {
            let holds = match state {
                Condition::Flagged(holds) if holds.load(Ordering::Acquire) => Holds::Yes,
                Condition::Flagged(_) => {
                    report.pending.push(Note { condition, reason: None });
                    continue;
                }
                Condition::Checked(check) => check(),
            };
            match holds {
                Holds::Yes => {}
                Holds::Degraded(reason) => report
                    .degraded
                    .push(Note { condition, reason: Some(reason) }),
                Holds::No(reason) => report
                    .pending
                    .push(Note { condition, reason: Some(reason) }),
            }
        }
        report.ready = report.pending.is_empty();
        report
    }
}

#[derive(Serialize)]
struct Note {
    condition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The body of `/readyz`.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) ready: bool,
    pending: Vec<Note>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    degraded: Vec<Note>,
}
