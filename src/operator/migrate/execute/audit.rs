//! One line for each change.

use serde::Serialize;

use super::State;
use crate::clock::{Date, UnixTime};

/// A change that was made, or tried.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Line {
    /// When, as `2026-01-01T00:00:00Z`.
    pub time: String,
    /// The namespace; empty for what belongs to none.
    pub namespace: String,
    /// The object, as `Kind name`.
    pub object: String,
    /// What was done with it.
    pub change: String,
    /// The state of the workload that it was done for, before and after; none where it was done for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// See `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<State>,
    /// `done`, or why not.
    pub result: String,
}

impl Line {
    /// As it is written: JSON in one line.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A time as RFC 3339 has it.
pub(super) fn rfc3339(time: UnixTime) -> String {
    let Date { year, month, day } = time.date();
    format!("{year:04}-{month:02}-{day:02}T{}Z", time.time_of_day())
}
