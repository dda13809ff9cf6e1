//! What the user decides: a file, read strictly.
//!
//! - `raw`: as it is written; `read`: checked by itself
//! - `matched`: checked against an inventory

mod matched;
mod raw;
mod read;

use super::roads::Road;
use crate::operator::inject::Mode;

pub(super) use matched::{Decided, Matched, matched};
pub(crate) use read::read;

/// The `apiVersion` of a file of decisions.
pub(crate) const API_VERSION: &str = "wisp/v1";

/// The `kind` of a file of decisions.
pub(crate) const KIND: &str = "MigrationDecisions";

/// All decisions of a file. Each has its place, which errors name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decisions {
    /// Of all workloads of a namespace.
    pub namespaces: Vec<OfNamespace>,
    /// Of single workloads; these count before those of their namespace.
    pub workloads: Vec<OfWorkload>,
    /// Where identities are, if the inventory does not say.
    pub identities: Vec<OfIdentity>,
}

impl Decisions {
    /// Those that are about `namespace`, or about none: where one namespace alone is read, the rest is about nothing that was.
    pub(crate) fn within(mut self, namespace: &str) -> Self {
        self.namespaces.retain(|one| one.name == namespace);
        self.workloads.retain(|one| one.namespace == namespace);
        self
    }

    /// Those that are about namespaces and workloads (namespace, kind and name) for which `is_open` holds: of others, it is done.
    pub(crate) fn open(
        mut self,
        is_open_namespace: impl Fn(&str) -> bool,
        is_open: impl Fn(&str, &str, &str) -> bool,
    ) -> Self {
        self.namespaces.retain(|one| is_open_namespace(&one.name));
        self.workloads
            .retain(|one| is_open(&one.namespace, &one.kind, &one.name));
        self
    }
}

/// How workloads are moved.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Method {
    /// By what.
    pub road: Option<Road>,
    /// In which mode.
    pub mode: Option<Mode>,
}

/// What is decided of a namespace.
#[derive(Clone, Debug)]
pub(crate) struct OfNamespace {
    /// Its name.
    pub name: String,
    /// How its workloads are moved.
    pub method: Method,
    /// Where it is decided, as errors name it.
    pub at: String,
}

/// What is decided of a workload.
#[derive(Clone, Debug)]
pub(crate) struct OfWorkload {
    /// Its namespace.
    pub namespace: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of several templates; all of them where it says nothing.
    pub template: Option<String>,
    /// How it is moved.
    pub method: Method,
    /// What a request gets that names no identity.
    pub client_id: Option<String>,
    /// The name of its service account.
    pub service_account: Option<String>,
    /// Where it is decided, as errors name it.
    pub at: String,
}

/// What is decided of an identity.
#[derive(Clone, Debug)]
pub(crate) struct OfIdentity {
    /// Its client id.
    pub client_id: String,
    /// What it is, where that is said.
    pub is: Option<Principal>,
    /// Whether the cluster is bound to it.
    pub is_bound: bool,
    /// Where it is decided, as errors name it.
    pub at: String,
}

/// What an identity is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Principal {
    /// A managed identity, by its resource id.
    Managed(String),
    /// An app registration.
    Application,
}
