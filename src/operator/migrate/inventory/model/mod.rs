//! What an inventory says. Its JSON is described in `docs/inventory.schema.json`, and a change of one is a change of the other.
//!
//! - `objects`: the objects of pod-managed identity
//! - `workload`: what makes pods

mod objects;
mod workload;

use std::fmt;

use serde::Serialize;

pub(crate) use objects::{Binding, Exception, Identity, Manager};
pub(crate) use workload::{Key, Match, Preflight, Workload};

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
    /// What Azure says of clusters.
    pub clusters: Vec<Cluster>,
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
    /// Federated credentials that Azure lists.
    pub federated_credentials: Vec<FederatedCredential>,
    /// What else there is to know, a sentence each.
    pub notes: Vec<String>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// How many objects were read.
    pub objects: usize,
    /// The one namespace whose workloads are in it, where the user has chosen one; objects of pod-managed identity are those of all.
    #[serde(skip)]
    pub only: Option<String>,
}

impl Inventory {
    /// Whether an object of pod-managed identity of `namespace` may have users that were left out, for they are of other namespaces.
    pub(crate) fn may_have_unread_users(&self, namespace: &str) -> bool {
        let is_own = |only: &String| self.installation.matching == "namespaced" && only == namespace;
        self.only.as_ref().is_some_and(|only| !is_own(only))
    }
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

/// What Azure says of a cluster.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cluster {
    /// Its name.
    pub name: Option<String>,
    /// `iss` of its tokens; none while its issuer is not enabled.
    pub issuer: Option<String>,
    /// The tenant of its own identity.
    pub tenant_id: Option<String>,
    /// Where it was read.
    pub origin: Origin,
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
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
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

/// A federated credential that Azure lists.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FederatedCredential {
    /// The resource id of its identity; none for those of app registrations, whose lists do not say.
    pub identity: Option<String>,
    /// Its name.
    pub name: String,
    /// `iss` of the tokens.
    pub issuer: String,
    /// `sub` of the tokens.
    pub subject: String,
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
