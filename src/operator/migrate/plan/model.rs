//! What a plan says. Its JSON is described in `docs/plan.schema.json`, and a change of one is a change of the other.

use serde::Serialize;

use super::{risks::RiskId, roads::Road};
use crate::operator::migrate::inventory::model::{Manager, Origin, Unread};

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.plan/v1";

/// All that is to be done, in a fixed order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Who signs the tokens of the cluster.
    pub cluster: ClusterFacts,
    /// What only the user can decide, and has not yet.
    pub decisions: Vec<Decision>,
    /// What to know before each step, the gravest first.
    pub risks: Vec<Risk>,
    /// Namespaces in their order.
    pub stages: Vec<Stage>,
    /// Workloads in their order.
    pub workloads: Vec<PlannedWorkload>,
    /// Identities, and who may be each of them afterwards.
    pub identities: Vec<PlannedIdentity>,
    /// Programs that depend on pod-managed identity by their own configuration.
    pub dependents: Vec<PlannedDependent>,
    /// What the inventory could not read, so that nothing is planned for it.
    pub unread: Vec<Unread>,
    /// What goes, and what stays. The stages have it in words.
    #[serde(skip)]
    pub cleanup: Cleanup,
}

/// Who signs the tokens of the cluster, and for whom.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterFacts {
    /// `iss` of its tokens, if known.
    pub issuer: Option<String>,
    /// The tenant of its identities, if known.
    pub tenant_id: Option<String>,
    /// `aud` of its tokens.
    pub audience: &'static str,
    /// Where tokens are asked for.
    pub authority: &'static str,
}

/// What only the user can decide.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decision {
    /// What it is about.
    pub about: String,
    /// What is asked.
    pub prompt: String,
    /// Where the answer goes: an argument, or a list of the file of decisions.
    pub location: &'static str,
    /// What to write there; `FILL-IN` stands for the answer.
    pub write: String,
}

/// Something to know before a step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Risk {
    /// Which one.
    pub id: RiskId,
    /// What it is.
    pub meaning: &'static str,
    /// How grave it is.
    pub severity: &'static str,
    /// What it is about.
    pub about: String,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub advice: &'static str,
}

/// A namespace, moved as one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stage {
    /// Its place, from 1.
    pub number: usize,
    /// The namespace; empty for what belongs to none.
    pub namespace: String,
    /// What is done, in this order.
    pub steps: Vec<String>,
}

/// How far a workload is planned.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// It can be moved.
    Planned,
    /// It can be moved once something is decided.
    NeedsDecision,
    /// It cannot be moved as it is.
    CannotBeMoved,
    /// It stays as it is, by an exception or by decision.
    LeftAlone,
}

impl State {
    /// As a person reads it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::NeedsDecision => "needs a decision",
            Self::CannotBeMoved => "cannot be moved",
            Self::LeftAlone => "left alone",
        }
    }
}

/// A workload, and what becomes of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlannedWorkload {
    /// The stage that it belongs to; none where nothing is done.
    pub stage: Option<usize>,
    /// Its namespace; empty where none is known.
    pub namespace: String,
    /// Its kind, with the API group where that is not Kubernetes' own.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of several templates.
    pub template: Option<String>,
    /// How far it is planned.
    pub state: State,
    /// Why it is not.
    pub reason: Option<String>,
    /// By what it is moved.
    pub road: Option<Road>,
    /// The mode of wisp; none where it needs no wisp.
    pub mode: Option<&'static str>,
    /// `AZURE_CLIENT_ID`: what a request gets that names no identity.
    pub client_id: Option<String>,
    /// The identities that it has, and keeps.
    pub identities: Vec<WorkloadIdentity>,
    /// The service account that its pods have afterwards.
    pub service_account: Option<ServiceAccount>,
    /// Static secrets to revoke once it is moved, by their places.
    pub static_secrets: Vec<String>,
    /// What is done, in this order.
    pub steps: Vec<String>,
    /// Which risks are about it.
    pub risks: Vec<RiskId>,
    /// Where it was read.
    pub origin: Origin,
}

/// An identity of a workload.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkloadIdentity {
    /// Its client id.
    pub client_id: String,
    /// The AzureIdentity by which it has it; none where the user says so.
    pub azure_identity: Option<String>,
}

/// The service account of a workload.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceAccount {
    /// Its name.
    pub name: String,
    /// Whether it is to be made.
    pub is_new: bool,
    /// The one that its pods have today.
    pub current: String,
}

/// An identity, and who may be it afterwards. What it may do stays as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlannedIdentity {
    /// Its client id.
    pub client_id: String,
    /// `managed identity` or `app registration`; none where that is not known.
    pub principal: Option<&'static str>,
    /// The resource id of a managed identity.
    pub resource_id: Option<String>,
    /// Its tenant, if known.
    pub tenant_id: Option<String>,
    /// The AzureIdentities that are it.
    pub azure_identities: Vec<String>,
    /// How many federated credentials it holds already, those of other clusters included; none where its list was not read.
    pub existing_credentials: Option<usize>,
    /// Whether the cluster is bound to it, so that its service accounts need no federated credentials.
    pub identity_binding: bool,
    /// Its new federated credentials, written one after the other in this order.
    pub credentials: Vec<PlannedCredential>,
}

/// A federated credential to be written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlannedCredential {
    /// Its name; none while the issuer is not known.
    pub name: Option<String>,
    /// `iss`; none while it is not known.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub audience: &'static str,
}

/// A program that depends on pod-managed identity by its own configuration.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlannedDependent {
    /// The stage that it belongs to.
    pub stage: usize,
    /// The program.
    pub component: &'static str,
    /// The object.
    pub object: String,
    /// `before`, `with` or `after` the workloads of its stage.
    pub when: &'static str,
    /// The version in which the program has workload identity of its own.
    pub native_since: &'static str,
    /// Its version, where it can be seen.
    pub version: Option<String>,
    /// What is done.
    pub step: String,
    /// Where it was read.
    pub origin: Origin,
}

/// What is removed at the end of each stage, and what stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cleanup {
    /// Objects that nobody has any more, those of a stage in the order in which they go: a binding before its identity.
    pub removals: Vec<Removal>,
    /// Objects that somebody still has.
    pub kept: Vec<String>,
    /// What is removed at the very end, once nobody asks any more: pod-managed identity itself.
    pub installation: Option<String>,
}

/// An object of pod-managed identity that goes.
#[derive(Clone, Debug)]
pub(crate) struct Removal {
    /// The stage at whose end it goes.
    pub stage: usize,
    /// `AzureIdentityBinding` or `AzureIdentity`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who writes it, and so how it is deleted.
    pub managed_by: Manager,
}

/// The kind of what gives identities to pods.
pub(crate) const BINDING: &str = "AzureIdentityBinding";
/// The kind of identities.
pub(crate) const IDENTITY: &str = "AzureIdentity";
