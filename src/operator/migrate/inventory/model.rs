//! What an inventory says. Its JSON is described in `docs/inventory.schema.json`, and a change of one is a change of the other.

use std::fmt;

use serde::Serialize;

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.inventory/v1";

/// All that was found, in a fixed order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inventory {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// How pods get their identities.
    pub installation: Installation,
    /// AzureIdentities.
    pub identities: Vec<Identity>,
    /// AzureIdentityBindings.
    pub bindings: Vec<Binding>,
    /// AzurePodIdentityExceptions.
    pub exceptions: Vec<Exception>,
    /// Workloads that have something to do with any of it.
    pub workloads: Vec<Workload>,
    /// How many workloads have not.
    pub other_workloads: usize,
    /// AzureAssignedIdentities: evidence of pods that had an identity.
    pub assigned_identities: Vec<Assigned>,
    /// What depends on pod-managed identity by its own configuration.
    pub dependents: Vec<Dependent>,
    /// Credentials that do not expire by themselves.
    pub static_secrets: Vec<StaticSecret>,
    /// What else there is to know, a sentence each.
    pub notes: Vec<String>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// How many objects were read.
    pub objects: usize,
}

/// Where something was read.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Origin {
    /// A file, or the cluster.
    pub source: String,
    /// The line of a file.
    pub line: Option<usize>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// How pods get their identities.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Installation {
    /// Where bindings are looked for.
    pub matching: &'static str,
    /// How that is known.
    pub matching_evidence: String,
    /// Whether Azure owns the objects.
    pub is_add_on: bool,
    /// The programs of pod-managed identity that run in the cluster.
    pub programs: Vec<String>,
}

/// Who writes an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Manager {
    /// Whoever wrote it.
    User,
    /// Azure: the add-on of AKS writes it anew.
    AddOn,
}

impl Manager {
    /// As a person calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::AddOn => "AKS add-on",
        }
    }
}

/// An AzureIdentity.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `managed`, `secret` or `certificate`; none where it is malformed.
    pub credential: Option<&'static str>,
    /// Its client id.
    pub client_id: Option<String>,
    /// Its resource id.
    pub resource_id: Option<String>,
    /// The tenant of an app registration.
    pub tenant_id: Option<String>,
    /// Tenants for which it asked tokens beside.
    pub auxiliary_tenant_ids: Vec<String>,
    /// Whether it is for pods of its own namespace alone.
    pub is_namespaced: bool,
    /// The bindings that name it.
    pub bindings: Vec<String>,
    /// How many workloads have it.
    pub workloads: usize,
    /// Who writes it.
    pub managed_by: Manager,
    /// Why it is of no use.
    pub error: Option<String>,
    /// What of it counts for nothing.
    pub notes: Vec<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// An AzureIdentityBinding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What the label of a pod has to be.
    pub selector: Option<String>,
    /// The AzureIdentity, in the same namespace.
    pub identity: Option<String>,
    /// How many workloads it selects.
    pub workloads: usize,
    /// Who writes it.
    pub managed_by: Manager,
    /// Why nobody gets an identity by it.
    pub error: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// An AzurePodIdentityException.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exception {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Labels of pods, `key=value`; one is enough.
    pub pod_labels: Vec<String>,
    /// Whether it came with pod-managed identity.
    pub is_built_in: bool,
    /// How many workloads it is for.
    pub workloads: usize,
    /// Who writes it.
    pub managed_by: Manager,
    /// Why nobody knows whom it is for.
    pub error: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// What makes pods, by its topmost owner that has a template.
#[derive(Clone, Debug, Serialize)]
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
    /// Those above it.
    pub owners: Vec<String>,
    /// The service account of its pods.
    pub service_account: String,
    /// The label `aadpodidbinding` of its pods.
    pub label: Option<String>,
    /// The identities that its pods have.
    pub identities: Vec<Match>,
    /// The exception that has its pods ask the node.
    pub exception: Option<String>,
    /// `runs`, `scaled to zero`, `suspended`, `finished`.
    pub state: &'static str,
    /// How many of its pods were read.
    pub pods: usize,
    /// What stands in the way of a sidecar, or of workload identity.
    pub preflight: Vec<Preflight>,
    /// The level of its namespace by Pod Security, if known.
    pub pod_security: Option<String>,
    /// The AzureIdentities that its pods were seen with.
    pub seen_with: Vec<String>,
    /// SecretProviderClasses that its pods mount.
    pub secret_provider_classes: Vec<String>,
    /// Whether wisp or azwi's proxy is in it already.
    pub has_sidecar: bool,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// An identity that a workload has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Match {
    /// The AzureIdentity, with its namespace.
    pub identity: String,
    /// `managed`, `secret` or `certificate`.
    pub credential: &'static str,
    /// Its client id.
    pub client_id: String,
    /// Its resource id.
    pub resource_id: Option<String>,
    /// The bindings that give it.
    pub bindings: Vec<String>,
    /// Whether they are in another namespace, which only standard mode allows.
    pub is_cross_namespace: bool,
}

/// A fact that decides how a workload can be moved.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preflight {
    /// Its pods have the node's network.
    HostNetwork,
    /// Its pods run on Windows.
    Windows,
    /// Its pods run on a virtual node.
    VirtualNode,
    /// Its pods have the account that all of the namespace share.
    DefaultAccount,
    /// The level of its namespace forbids what mode `redirect` needs.
    PodSecurity,
}

impl Preflight {
    /// As a person reads it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::HostNetwork => "host network",
            Self::Windows => "Windows",
            Self::VirtualNode => "virtual node",
            Self::DefaultAccount => "default account",
            Self::PodSecurity => "Pod Security",
        }
    }
}

/// An AzureAssignedIdentity.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assigned {
    /// Its name.
    pub name: String,
    /// The AzureIdentity.
    pub identity: String,
    /// The pod.
    pub pod: String,
    /// `Created`, `Assigned` or `Unassigned`.
    pub status: Option<String>,
    /// The workload of the pod, where that was read.
    pub workload: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// Something that depends on pod-managed identity by its own configuration.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dependent {
    /// The program that it belongs to.
    pub component: &'static str,
    /// The object.
    pub object: String,
    /// What in it.
    pub what: String,
    /// The identity that it names.
    pub identity: Option<String>,
    /// The version of the program, where it can be seen.
    pub version: Option<String>,
    /// The version in which the program has workload identity of its own.
    pub native_since: &'static str,
    /// What takes its place.
    pub instead: &'static str,
    /// The workloads that use it.
    pub used_by: Vec<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// A credential that does not expire by itself. Its value is nowhere here.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StaticSecret {
    /// What kind of credential.
    pub credential: &'static str,
    /// The object that has or uses it.
    pub object: String,
    /// Where in it.
    pub location: String,
    /// The object that it comes from.
    pub from: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// Something that could not be read.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unread {
    /// Where it is.
    pub origin: Origin,
    /// Why.
    pub reason: String,
}
