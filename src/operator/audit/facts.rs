//! What is known of a cluster and of Azure.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use crate::operator::{
    identity::model::{Account, ManagedIdentity},
    migrate::inventory::{PodsOf, Usage},
};

/// All that is known. It grows with service accounts, workloads, identities and credentials.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The cluster's issuer.
    pub issuer: Option<String>,
    /// Service accounts, by name.
    pub(super) accounts: BTreeMap<Account, AccountFacts>,
    /// The namespaces that were read, and the environment that each names.
    pub(super) environments: BTreeMap<String, Option<String>>,
    /// Pods with their service accounts, and static secrets.
    pub(super) usage: Usage,
    /// Federated credentials.
    pub(in crate::operator) credentials: Vec<Credential>,
    /// Managed identities.
    pub(in crate::operator) identities: Vec<Identity>,
    /// Role assignments.
    pub(in crate::operator) roles: Vec<Assignment>,
    /// What reviews look at besides.
    pub(super) evidence: Evidence,
    /// What could not be read, with its place.
    pub unread: Vec<String>,
}

/// What a service account says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountFacts {
    /// The client id that it names, in lower case.
    pub client_id: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// A federated credential as Azure lists it.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// Whose it is; none for those of app registrations, whose lists do not say.
    pub identity: Option<ManagedIdentity>,
    pub name: String,
    pub issuer: String,
    pub subject: String,
    pub audiences: Vec<String>,
}

/// A managed identity as Azure lists it.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub resource: ManagedIdentity,
    pub client_id: String,
    pub principal_id: String,
    /// Who answers for it, and which environment it is of, as its tags say.
    pub owner: Option<String>,
    pub environment: Option<String>,
}

/// A role assignment as Azure lists it.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub principal_id: String,
    pub is_service_principal: bool,
    pub role: String,
    pub scope: String,
}

/// What is known of the service accounts of a namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dumped {
    /// All of them are.
    Whole,
    /// None was read, and nothing shows that there are none.
    Nothing,
}

/// The namespace of what names none.
pub(super) const DEFAULT_NAMESPACE: &str = "default";
/// A namespace that every cluster has: who read all service accounts read some of it.
const EVERY_CLUSTER: &str = "kube-system";

impl Facts {
    /// Nothing yet but the cluster's issuer, where that is known.
    pub(crate) fn of(issuer: Option<&str>) -> Self {
        Self { issuer: issuer.map(str::to_owned), ..Self::default() }
    }

    /// What is known of the service accounts of `namespace`. Each namespace has one, `default`; so one without any was not read, or is
    /// not there any more.
    pub(super) fn dumped(&self, namespace: &str) -> Dumped {
        let has = |namespace: &str| {
            // The first of that namespace, if there is one.
            let from = Account { namespace: namespace.to_owned(), name: String::new() };
            let next = self.accounts.range(from..).next();
            next.is_some_and(|(account, _)| account.namespace == namespace)
        };
        if has(namespace) || has(EVERY_CLUSTER) { Dumped::Whole } else { Dumped::Nothing }
    }

    /// The service accounts of pods.
    pub(super) fn used(&self) -> BTreeSet<Account> {
        self.usage.pods.iter().map(account_of_pods).collect()
    }

    /// How many workloads were read.
    pub(super) fn workloads(&self) -> usize {
        let workloads: BTreeSet<_> = self.usage.pods.iter().map(|pods| &pods.workload).collect();
        workloads.len()
    }

    /// The environment of a namespace, where it names one.
    pub(super) fn environment(&self, namespace: &str) -> Option<&str> {
        self.environments.get(namespace)?.as_deref()
    }
}

/// The service account of pods.
pub(super) fn account_of_pods(pods: &PodsOf) -> Account {
    let namespace = if pods.namespace.is_empty() { DEFAULT_NAMESPACE } else { &pods.namespace };
    Account { namespace: namespace.to_owned(), name: pods.account.clone() }
}

/// The service account of a subject; none when it is none of a service account.
pub(super) fn account_of(subject: &str) -> Option<Account> {
    let (namespace, name) = subject
        .strip_prefix("system:serviceaccount:")?
        .split_once(':')?;
    Some(Account { namespace: namespace.to_owned(), name: name.to_owned() })
}
