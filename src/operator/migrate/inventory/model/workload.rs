//! What makes pods.

use serde::Serialize;

use super::Origin;

/// What tells workloads apart: namespace, kind, name, and which of several templates.
pub(crate) type Key<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

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
    /// The object that shows its pods, where it does not itself: its template is not known, or it was not read.
    pub shown_by: Option<String>,
    /// The service account of its pods.
    pub service_account: String,
    /// The label `aadpodidbinding` of its pods.
    pub label: Option<String>,
    /// The identities that its pods have.
    pub identities: Vec<Match>,
    /// The exception that has its pods ask the node.
    pub exception: Option<String>,
    /// Who looks after it, as a label or an annotation `team` or `owner` of it, its owners or its namespace says.
    pub team: Option<String>,
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

impl Workload {
    /// What tells it apart.
    pub(crate) fn key(&self) -> Key<'_> {
        (&self.namespace, &self.kind, &self.name, self.template.as_deref())
    }
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
