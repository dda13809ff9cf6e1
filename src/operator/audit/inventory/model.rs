//! What an inventory of identities says. Its JSON is described in `docs/identity-inventory.schema.json`, and a change of one is a change
//! of the other.

use serde::Serialize;

/// The version of the JSON. It changes when programs that read it have to.
pub(crate) const SCHEMA: &str = "wisp.identity-inventory/v1";

/// All identities, in a fixed order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inventory {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The cluster's issuer, where it is known.
    pub issuer: Option<String>,
    /// Identities that Azure lists, that credentials belong to, or that service accounts name.
    pub identities: Vec<Identity>,
    /// Credentials of app registrations, whose lists do not say whose they are.
    pub other_credentials: Vec<Credential>,
    /// What could not be read, with its place.
    pub not_read: Vec<String>,
    /// How much was read.
    pub read: Read,
}

/// An identity.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    /// Its name; none for what only a client id is known of.
    pub name: Option<String>,
    /// Its client id; none where it is not in the list of identities.
    pub client_id: Option<String>,
    /// Its principal (object) id, which roles name.
    pub principal_id: Option<String>,
    /// Its resource id.
    pub resource_id: Option<String>,
    /// Who answers for it, as its tags and service accounts say.
    pub owners: Vec<String>,
    /// The environments that it is of, as its tags and the namespaces of its service accounts say.
    pub environments: Vec<String>,
    /// Who may be it.
    pub credentials: Vec<Credential>,
    /// The service accounts of this cluster that name it, or that its credentials name.
    pub accounts: Vec<Account>,
    /// What it may do; none while no role assignment was read.
    pub roles: Option<Vec<Role>>,
}

/// A federated credential.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credential {
    /// Its name.
    pub name: String,
    /// `iss` of the tokens.
    pub issuer: String,
    /// `sub` of the tokens.
    pub subject: String,
    /// `aud` of the tokens.
    pub audiences: Vec<String>,
    /// Whether it is for this cluster; none while the cluster's issuer is not known.
    pub is_of_cluster: Option<bool>,
}

/// A service account of this cluster.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether the cluster has it; none where that was not read.
    pub is_there: Option<bool>,
    /// Whether it names the identity.
    pub names_identity: bool,
    /// Whether a credential of the identity names it.
    pub is_trusted: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The environment of its namespace.
    pub environment: Option<String>,
    /// The workloads whose pods have it.
    pub workloads: Vec<String>,
}

/// A role assignment.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    /// What it may do, by name where it has one.
    pub role: String,
    /// Where.
    pub scope: String,
}

/// How much was read.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Read {
    /// Service accounts.
    pub accounts: usize,
    /// Workloads.
    pub workloads: usize,
    /// Managed identities.
    pub identities: usize,
    /// Federated credentials.
    pub credentials: usize,
    /// Role assignments.
    pub roles: usize,
}
