//! What reviews look at besides identities: rights, guards, monitoring, vaults, and what people answer themselves.
//!
//! - `kubernetes`: rights on service accounts, admission policies, monitoring
//! - `azure`: clusters, vaults, app registrations, diagnostic settings
//! - `own`: claims, and answers that people give

mod azure;
mod kubernetes;
mod own;

use std::collections::{BTreeMap, BTreeSet};

use crate::operator::identity::{claim::Claim, model::Account};
pub(super) use own::Given;

/// What was read of it. What is absent was not read.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// Whether a whole cluster was read: what is not there then is not there.
    pub(super) is_whole: bool,
    pub(super) rights: Rights,
    /// Admission policies that look at client ids, by name; whether they refuse.
    pub(super) guards: BTreeMap<String, Guard>,
    /// How many admission policies were read.
    pub(super) policies: usize,
    /// What watches wisp, by name.
    pub(super) monitors: BTreeSet<String>,
    /// How many objects of monitoring were read.
    pub(super) monitoring: usize,
    /// Key Vaults, by name.
    pub(super) vaults: BTreeMap<String, Vault>,
    /// App registrations by their ids: how many secrets and certificates each has.
    pub(super) applications: BTreeMap<String, usize>,
    /// The client ids of the cluster's own identities, with what each is for.
    pub(super) platform: BTreeMap<String, String>,
    /// Diagnostic settings: whether they keep the activity of administrators.
    pub(super) diagnostics: BTreeMap<String, bool>,
    /// Claims, by service account.
    pub(super) claims: BTreeMap<Account, Claim>,
    /// What people answer, by the question's id.
    pub(super) answers: BTreeMap<String, Given>,
}

/// An admission policy that looks at client ids.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Guard {
    /// It is there, and not only bound.
    pub is_there: bool,
    /// It refuses what it is against.
    pub refuses: bool,
}

/// Who may write service accounts or get tokens of them, in all namespaces.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// Roles of the cluster that allow it, by name.
    pub roles: BTreeSet<String>,
    /// Who has which role of the cluster in all namespaces: the role, and the subjects.
    pub bindings: BTreeMap<String, (String, BTreeSet<String>)>,
}

/// A Key Vault.
#[derive(Clone, Debug)]
pub(super) struct Vault {
    /// Whether roles decide who may do what, and not access policies.
    pub uses_roles: bool,
    /// Its resource id, in lower case.
    pub id: String,
}

impl Evidence {
    /// Takes in an object of Kubernetes. Whether it is of any of this.
    pub(super) fn kubernetes(&mut self, object: &serde_json::Value) -> Result<bool, String> {
        if own::add(self, object)? {
            return Ok(true);
        }
        Ok(kubernetes::add(self, object))
    }

    /// Takes in what Azure says. Whether it is of any of this.
    pub(super) fn azure(&mut self, object: &serde_json::Value) -> bool {
        azure::add(self, object)
    }
}
