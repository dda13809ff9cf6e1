//! Which way a step goes.

use crate::operator::{
    migrate::execute::{State, record::Entry},
    pod_identity::LABEL,
};

/// Which way a step goes, and to which state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Direction {
    /// On the way off pod-managed identity.
    There(State),
    /// On the way back.
    Back(State),
}

impl Direction {
    pub(in super::super) const fn to(self) -> State {
        let (Self::There(state) | Self::Back(state)) = self;
        state
    }

    /// What is done, as the audit has it.
    pub(in super::super) fn words(self, entry: &Entry) -> String {
        let label = entry.label.as_deref().unwrap_or_default();
        let road = entry.target.road.name();
        match self {
            Self::There(State::CutOver) => format!("label {LABEL} ({label}) taken off its pods"),
            Self::There(State::Cleaned) => {
                format!(
                    "told its identity by label and annotation, and label {LABEL} ({label}) taken off its pods"
                )
            }
            Self::There(_) => {
                let mode = entry
                    .target
                    .mode
                    .as_ref()
                    .map(|mode| format!(", mode {mode}"));
                let account = &entry.target.account;
                format!(
                    "wisp for its pods (road {road}{}), service account {account}",
                    mode.unwrap_or_default()
                )
            }
            Self::Back(State::Parallel | State::CutOver) => {
                format!("label {LABEL} ({label}) put back on its pods")
            }
            Self::Back(_) => format!(
                "wisp out of its pods (road {road}), service account {}",
                entry.target.current_account
            ),
        }
    }
}
