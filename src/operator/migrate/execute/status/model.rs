//! What is said of each workload.

use serde::Serialize;

use crate::operator::migrate::{execute::State, inventory::model::Unread, plan::Road};

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.migration-status/v1";

/// How far all are.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Workloads, namespace by namespace, in the order of the plan.
    pub workloads: Vec<Row>,
    /// What could not be read.
    pub unread: Vec<String>,
}

/// How far a workload is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// Its namespace.
    pub namespace: String,
    /// Its kind, with the API group where that is not Kubernetes' own.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of several templates.
    pub template: Option<String>,
    /// How far it is, by what the cluster shows; none where it is not moved.
    pub state: Option<State>,
    /// By what it is moved.
    pub road: Option<Road>,
    /// Its service account afterwards.
    pub service_account: Option<String>,
    /// What a request gets that names no identity.
    pub client_id: Option<String>,
    /// What was seen of it.
    pub evidence: Vec<String>,
    /// What is next.
    pub next: String,
    /// What stands in the way of that.
    pub obstacles: Vec<String>,
    /// How what is recorded differs from what the cluster shows.
    pub drift: Option<String>,
}

impl Status {
    /// Nothing is seen yet.
    pub(super) fn new(unread: &[Unread]) -> Self {
        let unread = unread
            .iter()
            .map(|one| format!("{}: {}", one.origin, one.reason));
        Self { schema: SCHEMA, workloads: Vec::new(), unread: unread.collect() }
    }

    /// Whether somebody has to look at it.
    pub(crate) fn has_drift(&self) -> bool {
        self.workloads.iter().any(|row| row.drift.is_some())
    }
}
