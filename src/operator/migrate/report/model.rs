//! What a report says. Its JSON is described in `docs/report.schema.json`, and a change of one is a change of the other.

use serde::Serialize;

use super::{progress::Progress, summary::Summary};
use crate::operator::migrate::{
    inventory::model::{Origin, StaticSecret, Unread},
    plan::model::{Decision, PlannedDependent, Risk, Stage, State as Planning, WorkloadIdentity},
};

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.report/v1";

/// All that is reported, in a fixed order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Which cluster it is.
    pub cluster: Cluster,
    /// How much there is of everything.
    pub summary: Summary,
    /// What to know before each step, the gravest first.
    pub risks: Vec<Risk>,
    /// What only the user can decide, and has not yet.
    pub decisions: Vec<Decision>,
    /// Workloads by namespace, in the order of the plan.
    pub workloads: Vec<Workload>,
    /// How pods get their identities today.
    pub bindings: Vec<Chain>,
    /// Namespaces in their order, with what is done.
    pub stages: Vec<Stage>,
    /// Programs that depend on pod-managed identity by their own configuration.
    pub dependents: Vec<PlannedDependent>,
    /// Credentials that do not expire by themselves. Their values are nowhere here.
    pub static_secrets: Vec<StaticSecret>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Which cluster it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cluster {
    /// Its name, if known.
    pub name: Option<String>,
    /// `iss` of its tokens, if known.
    pub issuer: Option<String>,
    /// The tenant of its identities, if known.
    pub tenant_id: Option<String>,
    /// Where pod-managed identity looks for bindings.
    pub matching: &'static str,
    /// Whether Azure owns the objects of pod-managed identity.
    pub is_add_on: bool,
}

/// A workload, what it has, and how far it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workload {
    /// Its namespace; empty where none is known.
    pub namespace: String,
    /// Its kind, with the API group where that is not Kubernetes' own.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of several templates.
    pub template: Option<String>,
    /// The service account that its pods have.
    pub service_account: String,
    /// The one that they get, where that is another.
    pub new_service_account: Option<String>,
    /// The identities that it keeps.
    pub identities: Vec<WorkloadIdentity>,
    /// By what it is moved.
    pub road: Option<&'static str>,
    /// The mode of wisp; none where it needs no wisp.
    pub mode: Option<String>,
    /// How far it is planned.
    pub planning: Planning,
    /// Why it is not.
    pub reason: Option<String>,
    /// How far it is moved, by what is recorded and what was seen.
    pub state: Progress,
    /// How these two differ.
    pub drift: Option<String>,
    /// The stage that it belongs to; none where nothing is done.
    pub stage: Option<usize>,
    /// The topmost object above it.
    pub owner: Option<String>,
    /// Who looks after it, by a label or an annotation `team` or `owner`.
    pub team: Option<String>,
    /// What it does at the moment: `runs`, `scaled to zero`; none where that was not seen.
    pub activity: Option<&'static str>,
    /// What is done, in this order.
    pub steps: Vec<String>,
    /// Which risks are about it.
    pub risks: Vec<&'static str>,
    /// Where it was read.
    pub origin: Origin,
}

impl Workload {
    /// Kind and name, and the template where it has several.
    pub(super) fn title(&self) -> String {
        let template = self
            .template
            .as_ref()
            .map(|template| format!(" ({template})"));
        format!("{} {}{}", self.kind, self.name, template.unwrap_or_default())
    }
}

/// How pods get an identity: from the label to Azure.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Chain {
    /// The namespace of the binding.
    pub namespace: String,
    /// What the label `aadpodidbinding` of a pod has to be.
    pub selector: Option<String>,
    /// The AzureIdentityBinding.
    pub binding: String,
    /// The AzureIdentity that it names, in the same namespace.
    pub azure_identity: Option<String>,
    /// The client id of the identity in Azure.
    pub client_id: Option<String>,
    /// Its name in Azure, as its resource id has it.
    pub identity_name: Option<String>,
    /// The workloads that get it by this binding.
    pub workloads: Vec<String>,
    /// Why nobody gets an identity by it.
    pub error: Option<String>,
}
