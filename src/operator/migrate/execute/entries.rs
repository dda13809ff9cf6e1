//! The workloads of a namespace: those of the record, and those that are planned and not in it yet.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::Facts,
    record::{Entry, Record, Target, TargetIdentity},
};
use crate::operator::migrate::{
    inventory::model::{Key, Workload},
    plan::{PlannedWorkload, Road, State as PlanState},
};

/// Which workloads are meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Of these namespaces; of all where there is none.
    pub namespaces: Vec<String>,
    /// These, as `NAME` or `KIND/NAME`; all where there is none.
    pub workloads: Vec<String>,
}

impl Scope {
    /// Whether `namespace` is meant.
    pub(super) fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|name| name == namespace)
    }

    /// Whether `entry` of a namespace that is meant is.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|text| is_named(text, entry))
    }
}

/// Whether `text` names `entry`.
pub(super) fn is_named(text: &str, entry: &Entry) -> bool {
    match text.split_once('/') {
        Some((kind, name)) => {
            let short = entry.kind.split('.').next().unwrap_or_default();
            name == entry.name && (kind.eq_ignore_ascii_case(&entry.kind) || kind.eq_ignore_ascii_case(short))
        }
        None => text == entry.name,
    }
}

/// The entries of the namespace of `record`, in the order of the plan; those that no plan has any more come after.
pub(super) fn entries(facts: &Facts, record: &Record) -> Vec<Entry> {
    let is_begun = record.workloads.values().any(|entry| !entry.is_untouched());
    let found = found(facts, &record.namespace);
    let mut all: Vec<Entry> = Vec::new();
    for planned in of_namespace(facts, &record.namespace) {
        let Some(fresh) = entry(facts, planned, &found) else { continue };
        all.push(match record.workloads.get(&fresh.key()) {
            Some(known) if !known.is_untouched() => known.clone(),
            // Once a workload has moved, a plan gives others other accounts than it did at first.
            Some(known) if is_begun => {
                let account = known.target.account.clone();
                Entry { target: Target { account, ..fresh.target }, ..known.clone() }
            }
            Some(known) => Entry { target: fresh.target, ..known.clone() },
            None => fresh,
        });
    }
    let keys: BTreeSet<_> = all.iter().map(Entry::key).collect();
    let others = record
        .workloads
        .iter()
        .filter(|(key, known)| !known.is_untouched() && !keys.contains(*key));
    all.extend(others.map(|(_, known)| known.clone()));
    all
}

/// What was found in a namespace, and how to look it up.
struct Found<'a> {
    workloads: BTreeMap<Key<'a>, &'a Workload>,
    /// Tenants by client ids.
    tenants: BTreeMap<&'a str, &'a str>,
}

/// What was found in `namespace`.
fn found<'a>(facts: &'a Facts, namespace: &str) -> Found<'a> {
    let workloads = facts.inventory.workloads.iter();
    let own = workloads.filter(|one| one.namespace == namespace);
    let identities = facts.plan.identities.iter();
    Found {
        workloads: own.map(|one| (one.key(), one)).collect(),
        tenants: identities
            .filter_map(|one| Some((one.client_id.as_str(), one.tenant_id.as_deref()?)))
            .collect(),
    }
}

/// The planned workloads of a namespace that are not moved, with the reason.
pub(super) fn stuck<'a>(
    facts: &'a Facts,
    namespace: &'a str,
    entries: &'a [Entry],
) -> impl Iterator<Item = &'a PlannedWorkload> {
    of_namespace(facts, namespace).filter(|planned| {
        matches!(planned.state, PlanState::NeedsDecision | PlanState::CannotBeMoved)
            && !entries.iter().any(|entry| is_of(entry, planned))
    })
}

/// Whether `planned` is the plan of `entry`.
pub(super) fn is_of(entry: &Entry, planned: &PlannedWorkload) -> bool {
    (&entry.kind, &entry.name, &entry.template) == (&planned.kind, &planned.name, &planned.template)
}

/// The planned workloads of a namespace.
pub(super) fn of_namespace<'a>(
    facts: &'a Facts,
    namespace: &'a str,
) -> impl Iterator<Item = &'a PlannedWorkload> {
    facts
        .plan
        .workloads
        .iter()
        .filter(move |planned| planned.namespace == namespace)
}

/// The entry for a workload that is moved.
fn entry(facts: &Facts, planned: &PlannedWorkload, found: &Found<'_>) -> Option<Entry> {
    if planned.state != PlanState::Planned {
        return None;
    }
    let (road, account) = (planned.road?, planned.service_account.as_ref()?);
    if road == Road::Leave {
        return None;
    }
    let workload = *found.workloads.get(&planned.key())?;
    let mut bindings: Vec<_> = workload
        .identities
        .iter()
        .flat_map(|one| one.bindings.clone())
        .collect();
    bindings.sort();
    bindings.dedup();
    let tenant = |client_id: &str| {
        let own = found.tenants.get(client_id).copied();
        own.or(facts.plan.cluster.tenant_id.as_deref())
            .map(str::to_owned)
    };
    let identities = planned.identities.iter().map(|identity| {
        let found = workload
            .identities
            .iter()
            .find(|one| one.client_id == identity.client_id);
        TargetIdentity {
            client_id: identity.client_id.clone(),
            azure_identity: identity.azure_identity.clone(),
            resource_id: found.and_then(|one| one.resource_id.clone()),
            tenant_id: tenant(&identity.client_id),
        }
    });
    Some(Entry {
        kind: planned.kind.clone(),
        name: planned.name.clone(),
        template: planned.template.clone(),
        target: Target {
            road,
            mode: planned.mode.map(str::to_owned),
            client_id: planned.client_id.clone(),
            tenant_id: tenant(planned.client_id.as_deref().unwrap_or_default()),
            account: account.name.clone(),
            current_account: account.current.clone(),
            identities: identities.collect(),
            bindings,
            steps: planned.steps.clone(),
        },
        state: super::State::NotStarted,
        doing: None,
        label: workload.label.clone(),
        has_own_label: false,
        before: None,
        written: None,
        anew: None,
    })
}
