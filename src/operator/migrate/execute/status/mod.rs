//! `wispctl migrate status`: how far each workload is, by what the cluster shows.
//!
//! - `reconciled`: what is recorded, held against what is seen; `standing`: the same of what was read before
//! - `model`: what is said of each; its JSON is described in `docs/migration-status.schema.json`
//! - `render`: as it is written

mod model;
mod reconciled;
mod render;
mod standing;

use super::{
    State,
    context::{Desk, StepError},
    entries::{entries, is_of, of_namespace},
    managed::manager,
    record::{Entry, Record},
    rollout::{Rollout, is_finished, rollout},
    run::Run,
    seen::{Seen, annotation, kind},
    steps::{Direction, planned_pods},
};
use crate::operator::{
    cluster::Api,
    migrate::plan::{Road, State as PlanState},
};
pub(crate) use model::{Row, Status};
use reconciled::reconciled;
pub(crate) use render::render;
pub(crate) use standing::{Standing, Standings, standings};

impl<A: Api, D: Desk> Run<'_, A, D> {
    /// How far each workload is. What could not be seen is in it.
    pub(crate) async fn status(mut self) -> Status {
        let mut status = Status::new(&self.facts.inventory.unread);
        let namespaces = match self.namespaces().await {
            Ok(namespaces) => namespaces,
            Err(error) => {
                status.unread.push(error.text().to_owned());
                return status;
            }
        };
        for namespace in &namespaces {
            if let Err(error) = self.of_namespace(namespace, &mut status).await {
                status
                    .unread
                    .push(format!("namespace {namespace}: {}", error.text()));
                if matches!(error, StepError::Gone(_)) {
                    break;
                }
            }
        }
        status
    }

    async fn of_namespace(&self, namespace: &str, status: &mut Status) -> Result<(), StepError> {
        let record = Record::read(self.context.calls, namespace).await?;
        let all = entries(self.facts, &record);
        for entry in all.iter().filter(|entry| self.scope.has(entry)) {
            let seen = self.context.see(&record, entry).await?;
            status.workloads.push(self.row(namespace, entry, &seen));
        }
        for planned in of_namespace(self.facts, namespace).filter(|one| one.state != PlanState::Planned) {
            let is_known = all.iter().any(|entry| is_of(entry, planned));
            if is_known || !self.scope.workloads.is_empty() {
                continue;
            }
            status.workloads.push(Row {
                namespace: namespace.to_owned(),
                kind: planned.kind.clone(),
                name: planned.name.clone(),
                template: planned.template.clone(),
                state: None,
                road: planned.road,
                service_account: None,
                client_id: planned.client_id.clone(),
                evidence: Vec::new(),
                next: planned.state.text().to_owned(),
                obstacles: planned.reason.iter().cloned().collect(),
                drift: None,
            });
        }
        Ok(())
    }

    fn row(&self, namespace: &str, entry: &Entry, seen: &Seen) -> Row {
        let (state, drift) = reconciled(entry, seen);
        Row {
            namespace: namespace.to_owned(),
            kind: entry.kind.clone(),
            name: entry.name.clone(),
            template: entry.template.clone(),
            state: Some(state),
            road: Some(entry.target.road),
            service_account: Some(entry.target.account.clone()),
            client_id: entry.target.client_id.clone(),
            evidence: evidence(entry, seen),
            next: next(entry, state),
            obstacles: self.obstacles(entry, seen, state),
            drift,
        }
    }

    /// What stands in the way of the next step.
    fn obstacles(&self, entry: &Entry, seen: &Seen, state: State) -> Vec<String> {
        let mut found = Vec::new();
        if state < State::CutOver {
            found.extend(seen.hidden.clone());
        }
        let Some(live) = &seen.live else {
            if seen.hidden.is_none() {
                found.push("it is not there any more".to_owned());
            }
            return found;
        };
        if let Rollout::Waiting(reason) = rollout(kind(entry), &live.read) {
            found.push(reason);
        }
        let step = match state {
            State::NotStarted | State::Prepared => State::Parallel,
            State::Parallel => State::CutOver,
            State::CutOver | State::Cleaned => return found,
        };
        match planned_pods(live, entry, Direction::There(step), self.context.settings) {
            Err(error) => found.push(error.text().to_owned()),
            Ok((after, _)) if after != *live.template() => {
                found.extend(manager(&live.read));
                if matches!(entry.kind.as_str(), "Job" | "Pod") && step == State::Parallel {
                    found.push(format!("a {} is made anew", entry.kind));
                }
            }
            Ok(_) => {}
        }
        found
    }
}

/// What was seen.
fn evidence(entry: &Entry, seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    let account = &entry.target.account;
    match &seen.account {
        None => found.push(format!("no ServiceAccount {account}")),
        Some(object) => match annotation(object, super::seen::CLIENT_ID) {
            Some(id) => found.push(format!("ServiceAccount {account} names {id}")),
            None => found.push(format!("ServiceAccount {account} names no identity")),
        },
    }
    let Some(marks) = seen.marks() else { return found };
    if let Some(live) = &seen.live
        && is_finished(kind(entry), &live.read)
    {
        found.push("it has ended".to_owned());
        return found;
    }
    let location = if seen.live.is_some() { "its pod template" } else { "its newest pod" };
    let has_wisp = super::template::has_wisp(&marks, &entry.target);
    found.push(match (entry.target.road, has_wisp) {
        (Road::Native, true) => "labelled for workload identity".to_owned(),
        (_, true) if marks.injected.is_some() => format!("wisp in {location}"),
        (_, true) => "labelled for wisp".to_owned(),
        (_, false) => format!("no wisp in {location}"),
    });
    found.push(format!("its pods have service account {}", marks.account));
    found.push(match &marks.label {
        Some(label) => format!("label aadpodidbinding {label}"),
        None => "no label aadpodidbinding".to_owned(),
    });
    found
}

/// What is next, as a command where there is one.
fn next(entry: &Entry, state: State) -> String {
    if let Some(doing) = entry.doing {
        return format!("go on: it was interrupted on its way to {}", doing.text());
    }
    match state {
        State::NotStarted => "apply --to prepared".to_owned(),
        State::Prepared => "verify --stage before, then apply --to parallel".to_owned(),
        State::Parallel => "verify --stage parallel, then apply --to cut-over".to_owned(),
        State::CutOver => "verify --stage after, then cleanup".to_owned(),
        State::Cleaned => "-".to_owned(),
    }
}

/// A workload as people name it.
pub(super) fn display(row: &Row) -> String {
    let template = row
        .template
        .as_ref()
        .map(|template| format!(" ({template})"));
    format!("{} {}{}", row.kind, row.name, template.unwrap_or_default())
}
