//! A report, made of an inventory, its plan, and how far workloads are.

use std::collections::BTreeMap;

use super::{
    chains::chains,
    figures::summary,
    model::{Cluster, Report, SCHEMA},
    workloads::workloads,
};
use crate::operator::migrate::{
    execute::{Facts, status::Standings},
    inventory::{
        Inventory,
        model::{Key, Origin, Unread},
    },
};

/// Where records are that could not be read.
const RECORDS: &str = "the record of the migration";

/// The report of `facts`, with how far workloads are. `cluster` is its name, where the user says it.
pub(crate) fn report(facts: Facts, standings: Standings, cluster: Option<String>) -> Report {
    let Facts { inventory, plan } = facts;
    let bindings = chains(&inventory);
    let known: BTreeMap<_, _> = inventory
        .workloads
        .iter()
        .map(|one| (one.key(), one))
        .collect();
    let is_other = |key: &Key<'_>| !known.contains_key(key);
    let moved = standings
        .all
        .iter()
        .filter(|one| one.is_seen && is_other(&one.key()))
        .count();
    let workloads = workloads(plan.workloads.clone(), &known, standings.all);
    let unread = standings
        .unread
        .into_iter()
        .map(|reason| Unread { origin: Origin { source: RECORDS.to_owned(), line: None }, reason });
    Report {
        schema: SCHEMA,
        cluster: Cluster {
            name: cluster.or_else(|| only_name(&inventory)),
            issuer: plan.cluster.issuer.clone(),
            tenant_id: plan.cluster.tenant_id.clone(),
            matching: inventory.installation.matching,
            is_add_on: inventory.installation.is_add_on,
        },
        // Those that have left pod-managed identity are among the others of an inventory.
        summary: summary(&inventory, &plan, &workloads, inventory.other_workloads.saturating_sub(moved)),
        risks: plan.risks,
        decisions: plan.decisions,
        workloads,
        bindings,
        stages: plan.stages,
        dependents: plan.dependents,
        static_secrets: inventory.static_secrets,
        unread: plan.unread.into_iter().chain(unread).collect(),
    }
}

/// What Azure calls the cluster, if it told of one alone.
fn only_name(inventory: &Inventory) -> Option<String> {
    match inventory.clusters.as_slice() {
        [cluster] => cluster.name.clone(),
        _ => None,
    }
}
