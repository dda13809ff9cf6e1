//! What would be changed, for the user to agree to.

use super::{
    State,
    context::{Settings, StepError, name_of},
    managed::manager,
    record::Entry,
    seen::Seen,
    steps::{Direction, planned_pods},
};
use crate::operator::migrate::plan::Road;

/// What would be changed for a workload, or of an object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Proposal {
    /// The workload, with its states; or the object.
    pub about: String,
    /// What would be done, and what would be left to others.
    pub changes: Vec<String>,
}

impl Proposal {
    /// In lines.
    pub(super) fn text(&self) -> String {
        let changes: Vec<_> = self
            .changes
            .iter()
            .map(|change| format!("\n    - {change}"))
            .collect();
        format!("  {}{}", self.about, changes.concat())
    }

    /// The way of `entry` to the state `to`; none where it is there.
    pub(super) fn there(entry: &Entry, seen: &Seen, to: State, settings: &Settings) -> Option<Self> {
        let steps: Vec<_> = entry.state.up_to(to).collect();
        if steps.is_empty() {
            return None;
        }
        let mut changes = Vec::new();
        for step in steps {
            match step {
                State::Prepared => changes.extend(account(entry, seen)),
                _ => changes.push(pods(entry, seen, Direction::There(step), settings)),
            }
        }
        Some(Self { about: about(entry, to), changes })
    }

    /// What is made again for an `entry` that is not cleaned, for somebody has moved it by hand; none where nothing is.
    pub(super) fn again(entry: &Entry, lost: &[String]) -> Option<Self> {
        let is_needed = entry.state != State::Cleaned && !lost.is_empty();
        let changes = vec![format!("make again what it needs: {}", lost.join(", "))];
        is_needed.then(|| Self { about: name_of(entry), changes })
    }

    /// The way of `entry` back to the state `to`; none where it is there or before.
    pub(super) fn back(entry: &Entry, seen: &Seen, to: State, settings: &Settings) -> Option<Self> {
        let mut changes = Vec::new();
        let mut state = entry.state;
        while state > to {
            state = state.before();
            changes.push(match state {
                State::CutOver => format!("make again what it needs: {}", entry.target.bindings.join(", ")),
                State::NotStarted => {
                    format!(
                        "ServiceAccount {}: as it was before, once nobody here needs it",
                        entry.target.account
                    )
                }
                _ => pods(entry, seen, Direction::Back(state), settings),
            });
        }
        (!changes.is_empty()).then(|| Self { about: about(entry, to), changes })
    }
}

fn about(entry: &Entry, to: State) -> String {
    format!("{}: {} -> {}", name_of(entry), entry.state.text(), to.text())
}

fn account(entry: &Entry, seen: &Seen) -> Option<String> {
    let target = &entry.target;
    let (name, id) = (&target.account, target.client_id.as_deref().unwrap_or_default());
    match (&seen.account, target.road) {
        (_, Road::Adopt) => None,
        (None, _) => Some(format!(
            "make ServiceAccount {name} with client id {id}, and imagePullSecrets of {}",
            target.current_account
        )),
        (Some(_), _) => Some(format!("see that ServiceAccount {name} names client id {id}")),
    }
}

fn pods(entry: &Entry, seen: &Seen, direction: Direction, settings: &Settings) -> String {
    let words = direction.words(entry);
    if seen.is_done_by_others(entry, direction) {
        return format!("{words}: done by others, as its pods show");
    }
    let Some(live) = &seen.live else {
        if let (Direction::Back(_), None) = (direction, &seen.hidden) {
            return "nothing to put back, for it is not there any more".to_owned();
        }
        let reason = seen.hidden.as_deref().unwrap_or("it is not there any more");
        return format!("by hand: {words} ({reason})");
    };
    // What comes later is planned on what comes first, and is known once that is done.
    let is_first = matches!(direction, Direction::There(State::Parallel));
    if let (true, Err(StepError::ByHand(reason) | StepError::Failed(reason))) = (
        is_first || matches!(direction, Direction::There(State::CutOver)),
        planned_pods(live, entry, direction, settings),
    ) {
        return format!("by hand: {words} ({reason})");
    }
    if let (Some(manager), false) = (manager(&live.read), settings.force_managed) {
        return format!("by hand: {words} ({manager}, or give `--force-managed`)");
    }
    let is_fixed =
        entry.kind == "Job" || entry.kind == "Pod" && !matches!(direction, Direction::There(State::CutOver));
    match (is_fixed, settings.recreate) {
        (true, false) => format!("by hand: {words} (a {} is made anew, or give `--recreate`)", entry.kind),
        (true, true) => format!("{words}; it is deleted and made anew"),
        (false, _) => words,
    }
}
