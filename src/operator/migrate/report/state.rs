//! How far a workload is.

use serde::Serialize;

/// How far a workload is, in this order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Nothing was done.
    #[default]
    NotStarted,
}

impl State {
    /// As a person reads it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
        }
    }
}
