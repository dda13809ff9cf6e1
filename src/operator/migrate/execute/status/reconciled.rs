//! What is recorded of a workload, held against what is seen of it.

use crate::operator::migrate::{
    execute::{State, record::Entry, seen::Seen},
    plan::Road,
};

/// How far `entry` is, and how what is recorded differs from what is `seen`.
pub(super) fn reconciled(entry: &Entry, seen: &Seen) -> (State, Option<String>) {
    let shown = seen.state(entry);
    // Deletion of objects is not seen in a workload, and adopted pods look the same in two states.
    let state = if shown >= State::CutOver { entry.state } else { entry.state.min(shown) };
    if entry.doing.is_some() {
        return (state, None);
    }
    let drift = if shown < entry.state.min(State::CutOver) && seen.marks().is_some() {
        Some(format!("{} is recorded, and the cluster shows {}", entry.state.text(), shown.text()))
    } else if least(entry, shown) > entry.state {
        Some(format!(
            "the cluster shows {}, and {} is recorded: `wispctl migrate apply` sees that it holds",
            shown.text(),
            entry.state.text()
        ))
    } else {
        None
    };
    (state, drift)
}

/// The first of the states that look as `shown` does. Pods that are adopted keep their account and their label.
pub(super) fn least(entry: &Entry, shown: State) -> State {
    match (entry.target.road, shown) {
        (Road::Adopt, State::Prepared) => State::NotStarted,
        (Road::Adopt, State::CutOver) => State::Parallel,
        _ => shown,
    }
}
