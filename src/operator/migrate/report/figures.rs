//! The figures of a summary, counted.

use std::collections::BTreeSet;

use super::{
    model::Workload,
    progress::Progress,
    summary::{Planning, Risks, SEVERITIES, States, Summary},
};
use crate::operator::migrate::{
    inventory::Inventory,
    plan::{
        Plan,
        model::{PlannedWorkload, State as Planned},
    },
    state::{BY_WISPCTL, RECORD, State},
};

/// The figures of `inventory` and its `plan`, with the rows of the table of workloads.
pub(super) fn summary(
    inventory: &Inventory,
    plan: &Plan,
    workloads: &[Workload],
    other_workloads: usize,
) -> Summary {
    let [blocker, decision, warning, note] = SEVERITIES.map(|severity| {
        plan.risks
            .iter()
            .filter(|risk| risk.severity == severity)
            .count()
    });
    let planned = |state| workloads.iter().filter(|one| one.planning == state).count();
    let states = states(workloads);
    let new_account = |workload: &&PlannedWorkload| {
        workload
            .service_account
            .as_ref()
            .is_some_and(|account| account.is_new)
    };
    let new_accounts = plan.workloads.iter().filter(new_account).map(|workload| {
        (
            &workload.namespace,
            workload
                .service_account
                .as_ref()
                .map(|account| &account.name),
        )
    });
    Summary {
        workloads: workloads.len(),
        other_workloads,
        namespaces: distinct(workloads.iter().map(|workload| &workload.namespace)),
        planning: Planning {
            planned: planned(Planned::Planned),
            needs_decision: planned(Planned::NeedsDecision),
            cannot_be_moved: planned(Planned::CannotBeMoved),
            left_alone: planned(Planned::LeftAlone),
        },
        states_note: (states.not_known > 0).then(not_known),
        states,
        azure_identities: inventory.identities.len(),
        bindings: inventory.bindings.len(),
        exceptions: inventory.exceptions.len(),
        identities: plan.identities.len(),
        credentials: plan
            .identities
            .iter()
            .map(|identity| identity.credentials.len())
            .sum(),
        service_accounts: distinct(new_accounts),
        risks: Risks { blocker, decision, warning, note },
    }
}

fn states(workloads: &[Workload]) -> States {
    let number = |progress| workloads.iter().filter(|one| one.state == progress).count();
    States {
        not_started: number(Progress::Known(State::NotStarted)),
        prepared: number(Progress::Known(State::Prepared)),
        parallel: number(Progress::Known(State::Parallel)),
        cut_over: number(Progress::Known(State::CutOver)),
        cleaned: number(Progress::Known(State::Cleaned)),
        not_moved: number(Progress::NotMoved),
        not_known: number(Progress::NotKnown),
    }
}

/// Why nobody knows how far workloads are.
fn not_known() -> String {
    format!(
        "What `wispctl migrate apply` has recorded (ConfigMap `{RECORD}`) was not read, and so nobody knows here how far workloads are. \
         Give it with the files (`kubectl get configmaps --all-namespaces --selector {BY_WISPCTL} --output yaml`), or have the cluster read \
         (`--kubeconfig`)."
    )
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    all.collect::<BTreeSet<_>>().len()
}
