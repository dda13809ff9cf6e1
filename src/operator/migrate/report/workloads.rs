//! The rows of the table of workloads: what is planned, what was found, and what is recorded.

use std::collections::BTreeMap;

use super::{model::Workload, progress::Progress};
use crate::operator::migrate::{
    execute::status::Standing,
    inventory::model::{self, Key, Origin},
    plan::{
        PlannedWorkload, RiskId, Road,
        model::{State as Planning, WorkloadIdentity},
    },
    state::{RECORD, State},
};

/// Those of the plan, and those that are only recorded: what has left pod-managed identity is in no plan any more. Each that is planned
/// was `found`.
pub(super) fn workloads(
    planned: Vec<PlannedWorkload>,
    found: &BTreeMap<Key<'_>, &model::Workload>,
    standings: Vec<Standing>,
) -> Vec<Workload> {
    let mut recorded: Vec<Option<Standing>> = standings.into_iter().map(Some).collect();
    let indices: BTreeMap<_, _> = recorded
        .iter()
        .enumerate()
        .filter_map(|(index, one)| Some((owned(one.as_ref()?.key()), index)))
        .collect();
    let mut rows: Vec<_> = planned
        .into_iter()
        .map(|planned| {
            let index = indices.get(&owned(planned.key()));
            let standing = index.and_then(|index| recorded.get_mut(*index)?.take());
            let found = found.get(&planned.key()).copied();
            row(planned, found, standing)
        })
        .collect();
    rows.extend(recorded.into_iter().flatten().map(of_record));
    rows.sort_by(|one, other| {
        (&one.namespace, one.stage.is_none()).cmp(&(&other.namespace, other.stage.is_none()))
    });
    rows
}

type OwnedKey = (String, String, String, Option<String>);

fn owned((namespace, kind, name, template): Key<'_>) -> OwnedKey {
    (namespace.to_owned(), kind.to_owned(), name.to_owned(), template.map(str::to_owned))
}

fn row(planned: PlannedWorkload, found: Option<&model::Workload>, standing: Option<Standing>) -> Workload {
    let account = planned.service_account;
    let current = found.map(|found| found.service_account.clone());
    let unknown = if planned.state == Planning::Planned { Progress::NotKnown } else { Progress::NotMoved };
    let mut row = Workload {
        namespace: planned.namespace,
        kind: planned.kind,
        name: planned.name,
        template: planned.template,
        new_service_account: account
            .filter(|account| current.as_ref() != Some(&account.name))
            .map(|account| account.name),
        service_account: current.unwrap_or_default(),
        identities: planned.identities,
        road: planned.road.map(Road::name),
        mode: planned.mode.map(str::to_owned),
        planning: planned.state,
        reason: planned.reason,
        state: unknown,
        drift: None,
        stage: planned.stage,
        owner: found.and_then(|found| found.owners.last().cloned()),
        team: found.and_then(|found| found.team.clone()),
        activity: found.map(|found| found.state),
        steps: planned.steps,
        risks: planned.risks.into_iter().map(RiskId::name).collect(),
        origin: planned.origin,
    };
    let Some(standing) = standing else { return row };
    row.state = progress(&standing);
    row.drift.clone_from(&standing.drift);
    if !standing.entry.is_untouched() {
        // What was begun goes on as it was planned then: of what is gone since, nobody can plan it any more.
        let begun = of_record(standing);
        let account = begun.new_service_account.unwrap_or(begun.service_account);
        row.new_service_account = (account != row.service_account).then_some(account);
        row.identities = begun.identities;
        (row.road, row.mode, row.steps) = (begun.road, begun.mode, begun.steps);
        (row.planning, row.reason) = (begun.planning, begun.reason);
    }
    row
}

/// All that is known of a workload by its record alone.
fn of_record(standing: Standing) -> Workload {
    let state = progress(&standing);
    let Standing { namespace, entry, drift, .. } = standing;
    let target = entry.target;
    let has_new = state >= Progress::Known(State::Parallel) && target.account != target.current_account;
    let account = (target.account != target.current_account).then_some(target.account);
    let (service_account, new_service_account) = match account {
        Some(account) if has_new => (account, None),
        account => (target.current_account, account),
    };
    let identities = target
        .identities
        .into_iter()
        .map(|identity| WorkloadIdentity {
            client_id: identity.client_id,
            azure_identity: identity.azure_identity,
        });
    Workload {
        kind: entry.kind,
        name: entry.name,
        template: entry.template,
        service_account,
        new_service_account,
        identities: identities.collect(),
        road: Some(target.road.name()),
        mode: target.mode,
        planning: Planning::Planned,
        reason: None,
        state,
        drift,
        stage: None,
        owner: None,
        team: None,
        activity: None,
        steps: target.steps,
        risks: Vec::new(),
        origin: Origin { source: format!("ConfigMap {namespace}/{RECORD}"), line: None },
        namespace,
    }
}

fn progress(standing: &Standing) -> Progress {
    standing.state.map_or(Progress::NotKnown, Progress::Known)
}
