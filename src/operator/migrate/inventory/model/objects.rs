//! The objects of pod-managed identity.

use serde::Serialize;

use super::Origin;

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
