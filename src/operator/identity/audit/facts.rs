//! What is known of a cluster and of Azure.

use std::collections::{BTreeMap, BTreeSet};

use crate::operator::identity::model::{Account, ManagedIdentity};

/// All that is known. It grows with service accounts, identities and credentials, and not with pods.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The cluster's issuer.
    pub issuer: Option<String>,
    /// Service accounts, and the client id that each names.
    pub(super) accounts: BTreeMap<Account, Option<String>>,
    /// How many pods and workloads were read.
    pub(super) workloads: usize,
    /// The service accounts of pods and workloads.
    pub(super) used: BTreeSet<Account>,
    /// Variables with secrets of applications.
    pub(super) secrets: Vec<Sighting>,
    /// Federated credentials.
    pub(super) credentials: Vec<Credential>,
    /// Managed identities.
    pub(super) identities: Vec<Identity>,
    /// Role assignments.
    pub(super) roles: Vec<Assignment>,
    /// What could not be read, with its place.
    pub unread: Vec<String>,
}

/// A container with variables that hold a secret. The values are not kept.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Sighting {
    pub object: String,
    pub container: String,
    pub variables: Vec<String>,
}

/// A federated credential as Azure lists it.
#[derive(Clone, Debug)]
pub(super) struct Credential {
    /// Whose it is; none for those of app registrations, whose lists do not say.
    pub identity: Option<ManagedIdentity>,
    pub name: String,
    pub issuer: String,
    pub subject: String,
    pub audiences: Vec<String>,
}

/// A managed identity as Azure lists it.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub resource: ManagedIdentity,
    pub client_id: String,
    pub principal_id: String,
}

/// A role assignment as Azure lists it.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub principal_id: String,
    pub is_service_principal: bool,
    pub role: String,
    pub scope: String,
}

impl Facts {
    /// Nothing yet but the cluster's issuer, where that is known.
    pub(crate) fn of(issuer: Option<&str>) -> Self {
        Self { issuer: issuer.map(str::to_owned), ..Self::default() }
    }
}
