//! How far a workload is, and by what is found what is recorded of it.

use serde::{Deserialize, Serialize};

/// The label of what wispctl makes in a cluster, what is recorded of a migration included.
pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "wispctl");
/// The same as a selector.
pub(crate) const BY_WISPCTL: &str = "app.kubernetes.io/managed-by=wispctl";

/// The ConfigMap of a namespace that has what is recorded; those that it needs beside have a number behind.
pub(crate) const RECORD: &str = "wisp-migration";

/// How far a workload is, in this order.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Nothing was done.
    #[default]
    NotStarted,
    /// Its service account names its identity.
    Prepared,
    /// Its pods have wisp, and their label as before.
    Parallel,
    /// The label is off its pods.
    CutOver,
    /// The objects of pod-managed identity that it had are gone.
    Cleaned,
}

impl State {
    /// All of them, by the words of arguments.
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("not-started", Self::NotStarted),
        ("prepared", Self::Prepared),
        ("parallel", Self::Parallel),
        ("cut-over", Self::CutOver),
        ("cleaned", Self::Cleaned),
    ];

    /// As a person reads it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Prepared => "prepared",
            Self::Parallel => "parallel",
            Self::CutOver => "cut over",
            Self::Cleaned => "cleaned",
        }
    }

    /// Those after `self`, up to `last`, in their order.
    pub(crate) fn up_to(self, last: Self) -> impl Iterator<Item = Self> {
        let states = Self::ALL.into_iter().map(|(_, state)| state);
        states.filter(move |state| *state > self && *state <= last)
    }

    /// The one before it.
    pub(crate) fn before(self) -> Self {
        let states = Self::ALL.into_iter().map(|(_, state)| state);
        states
            .filter(|state| *state < self)
            .max()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{BY_WISPCTL, MANAGED_BY, State};

    #[test]
    fn the_selector_selects_the_label() {
        assert_eq!(BY_WISPCTL, format!("{}={}", MANAGED_BY.0, MANAGED_BY.1));
    }

    #[test]
    fn states_have_an_order() {
        let words = |from: State, to| from.up_to(to).map(State::text).collect::<Vec<_>>();
        assert_eq!(words(State::NotStarted, State::CutOver), ["prepared", "parallel", "cut over"]);
        assert_eq!(words(State::Parallel, State::Prepared), [""; 0]);
        assert_eq!(State::Parallel.before(), State::Prepared);
        assert_eq!(State::NotStarted.before(), State::NotStarted);
    }
}
