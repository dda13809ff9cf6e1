//! How much there is of everything.

use serde::Serialize;

use crate::operator::migrate::{
    inventory::Inventory,
    plan::{
        Plan,
        model::{PlannedWorkload, State},
    },
};

/// The severities, the gravest first.
pub(super) const SEVERITIES: [&str; 4] = ["blocker", "decision", "warning", "note"];

/// How much there is of everything.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Workloads that have something to do with it.
    pub workloads: usize,
    /// Workloads that have not.
    pub other_workloads: usize,
    /// Namespaces of those that have.
    pub namespaces: usize,
    /// How far they are planned.
    pub planning: Planning,
    /// AzureIdentities.
    pub azure_identities: usize,
    /// AzureIdentityBindings.
    pub bindings: usize,
    /// AzurePodIdentityExceptions.
    pub exceptions: usize,
    /// Identities in Azure.
    pub identities: usize,
    /// Federated credentials to be written.
    pub credentials: usize,
    /// Service accounts to be made.
    pub service_accounts: usize,
    /// Risks by how grave they are.
    pub risks: Risks,
}

/// How many workloads are planned how far.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Planning {
    /// Those that can be moved.
    pub planned: usize,
    /// Those that can be moved once something is decided.
    pub needs_decision: usize,
    /// Those that cannot be moved as they are.
    pub cannot_be_moved: usize,
    /// Those that stay as they are.
    pub left_alone: usize,
}

/// Risks by how grave they are.
#[derive(Debug, Serialize)]
pub(crate) struct Risks {
    /// Something cannot be moved as it is.
    pub blocker: usize,
    /// Somebody has to decide.
    pub decision: usize,
    /// Something is lost or refused where it is not looked after.
    pub warning: usize,
    /// Worth knowing.
    pub note: usize,
}

/// The figures of `inventory` and its `plan`.
pub(super) fn summary(inventory: &Inventory, plan: &Plan) -> Summary {
    let [blocker, decision, warning, note] = SEVERITIES.map(|severity| {
        plan.risks
            .iter()
            .filter(|risk| risk.severity == severity)
            .count()
    });
    let namespaces = plan.workloads.iter().map(|workload| &workload.namespace);
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
        workloads: plan.workloads.len(),
        other_workloads: inventory.other_workloads,
        namespaces: distinct(namespaces),
        planning: Planning {
            planned: plan.count(State::Planned),
            needs_decision: plan.count(State::NeedsDecision),
            cannot_be_moved: plan.count(State::CannotBeMoved),
            left_alone: plan.count(State::LeftAlone),
        },
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

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    all.collect::<std::collections::BTreeSet<_>>().len()
}
