//! A report, made of an inventory and its plan.

use std::collections::BTreeMap;

use super::{
    chains::chains,
    model::{Cluster, Report, SCHEMA, Workload},
    summary::summary,
};
use crate::operator::migrate::state::State;
use crate::operator::migrate::{
    inventory::{Inventory, model},
    plan::{Plan, RiskId, Road, model::PlannedWorkload},
};

/// The report of `plan`, which was made for `inventory`. `cluster` is its name, where the user says it.
pub(crate) fn report(inventory: Inventory, plan: Plan, cluster: Option<String>) -> Report {
    let summary = summary(&inventory, &plan);
    let bindings = chains(&inventory);
    let known: BTreeMap<_, _> = inventory
        .workloads
        .iter()
        .map(|one| (key(one), one))
        .collect();
    let mut workloads: Vec<_> = plan
        .workloads
        .into_iter()
        .map(|planned| {
            let found = known.get(&planned_key(&planned)).copied();
            workload(planned, found)
        })
        .collect();
    workloads.sort_by(|one, other| {
        (&one.namespace, one.stage.is_none()).cmp(&(&other.namespace, other.stage.is_none()))
    });
    Report {
        schema: SCHEMA,
        cluster: Cluster {
            name: cluster.or_else(|| only_name(&inventory)),
            issuer: plan.cluster.issuer,
            tenant_id: plan.cluster.tenant_id,
            matching: inventory.installation.matching,
            is_add_on: inventory.installation.is_add_on,
        },
        summary,
        risks: plan.risks,
        decisions: plan.decisions,
        workloads,
        bindings,
        stages: plan.stages,
        dependents: plan.dependents,
        static_secrets: inventory.static_secrets,
        unread: plan.unread,
    }
}

/// What Azure calls the cluster, if it told of one alone.
fn only_name(inventory: &Inventory) -> Option<String> {
    match inventory.clusters.as_slice() {
        [cluster] => cluster.name.clone(),
        _ => None,
    }
}

/// What tells workloads apart.
type Key<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

fn key(workload: &model::Workload) -> Key<'_> {
    (&workload.namespace, &workload.kind, &workload.name, workload.template.as_deref())
}

fn planned_key(planned: &PlannedWorkload) -> Key<'_> {
    (&planned.namespace, &planned.kind, &planned.name, planned.template.as_deref())
}

/// A row of the table. Each workload of a plan was `found`.
fn workload(planned: PlannedWorkload, found: Option<&model::Workload>) -> Workload {
    let account = planned.service_account;
    let current = found.map(|found| found.service_account.clone());
    Workload {
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
        mode: planned.mode,
        planning: planned.state,
        reason: planned.reason,
        state: State::default(),
        stage: planned.stage,
        owner: found.and_then(|found| found.owners.last().cloned()),
        team: found.and_then(|found| found.team.clone()),
        activity: found.map_or("", |found| found.state),
        steps: planned.steps,
        risks: planned.risks.into_iter().map(RiskId::name).collect(),
        origin: planned.origin,
    }
}
