//! How much there is of everything.

use serde::Serialize;

use super::progress::Progress;
use crate::operator::migrate::state::State;

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
    /// How far they are moved.
    pub states: States,
    /// Why nobody knows that of some, and what to give so that it is known.
    pub states_note: Option<String>,
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

/// How many workloads are moved how far.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct States {
    /// Those of which nothing was done.
    pub not_started: usize,
    /// Those whose service account names their identity.
    pub prepared: usize,
    /// Those that have wisp, and their label as before.
    pub parallel: usize,
    /// Those without the label.
    pub cut_over: usize,
    /// Those whose objects of pod-managed identity are gone.
    pub cleaned: usize,
    /// Those that are not to be moved, or not as they are.
    pub not_moved: usize,
    /// Those of which nobody knows.
    pub not_known: usize,
}

impl States {
    /// How many are `progress`.
    pub(super) fn of(&self, progress: Progress) -> usize {
        match progress {
            Progress::Known(State::NotStarted) => self.not_started,
            Progress::Known(State::Prepared) => self.prepared,
            Progress::Known(State::Parallel) => self.parallel,
            Progress::Known(State::CutOver) => self.cut_over,
            Progress::Known(State::Cleaned) => self.cleaned,
            Progress::NotMoved => self.not_moved,
            Progress::NotKnown => self.not_known,
        }
    }
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
