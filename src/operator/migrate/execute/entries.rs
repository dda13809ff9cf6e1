//! The workloads of a namespace: those of the record, and those that are planned and not in it yet.

use super::{
    facts::Facts,
    record::{Entry, Record, Target, TargetIdentity},
};
use crate::operator::migrate::plan::{PlannedWorkload, Road, State as PlanState};

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
    let mut all: Vec<Entry> = Vec::new();
    for planned in of_namespace(facts, &record.namespace) {
        let Some(fresh) = entry(facts, planned) else { continue };
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
    for (key, known) in &record.workloads {
        if !known.is_untouched() && !all.iter().any(|entry| entry.key() == *key) {
            all.push(known.clone());
        }
    }
    all
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
pub(super) fn entry(facts: &Facts, planned: &PlannedWorkload) -> Option<Entry> {
    if planned.state != PlanState::Planned {
        return None;
    }
    let (road, account) = (planned.road?, planned.service_account.as_ref()?);
    if road == Road::Leave {
        return None;
    }
    let workload = facts
        .inventory
        .workloads
        .iter()
        .find(|one| planned.is_of(one))?;
    let mut bindings: Vec<_> = workload
        .identities
        .iter()
        .flat_map(|one| one.bindings.clone())
        .collect();
    bindings.sort();
    bindings.dedup();
    let tenant = |client_id: &str| {
        let mut known = facts.plan.identities.iter();
        let own = known.find(|known| known.client_id == client_id);
        own.and_then(|known| known.tenant_id.clone())
            .or_else(|| facts.plan.cluster.tenant_id.clone())
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
