//! What came of a command.

use super::context::StepError;

/// What came of a command.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Report {
    /// What was done, a sentence each.
    pub done: Vec<String>,
    /// What somebody else has to do.
    pub by_hand: Vec<String>,
    /// What did not work.
    pub failed: Vec<String>,
    /// What is good to know.
    pub notes: Vec<String>,
}

impl Report {
    /// Adds what went wrong with `what`.
    pub(super) fn add(&mut self, what: &str, error: &StepError) {
        match error {
            StepError::ByHand(text) => self.by_hand.push(format!("{what}: {text}")),
            StepError::Failed(text) | StepError::Overtaken(text) | StepError::Gone(text) => {
                self.failed.push(format!("{what}: {text}"));
            }
        }
    }

    /// Whether all was done that was asked for.
    pub(crate) fn is_whole(&self) -> bool {
        self.by_hand.is_empty() && self.failed.is_empty()
    }
}
