//! What is remembered of a workload and of a service account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{WORKLOAD, key};
use crate::operator::migrate::{plan::Road, state::State};

/// A workload.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Its kind, as an inventory has it.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of several templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What was planned when it was begun. Once objects are gone, no plan can say it any more.
    pub target: Target,
    /// How far it is.
    #[serde(default)]
    pub state: State,
    /// The state that a change was begun for and not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<State>,
    /// The label before anything was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether the object itself had the label too. API servers give Jobs and ReplicaSets the labels of their template.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_own_label: bool,
    /// The pod template before wisp came into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The digest of the pod template that came of it: while it is that, `before` can be put back as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// What is made of an object that was deleted to be made anew, and the uid that it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anew: Option<Anew>,
}

/// An object that is made anew.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Anew {
    /// The uid of the one that was there.
    pub uid: Option<String>,
    /// The new one.
    pub object: Value,
}

/// What becomes of a workload.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Target {
    /// By what it is moved.
    pub road: Road,
    /// The mode of wisp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// What a request gets that names no identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The tenant of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Its service account afterwards.
    pub account: String,
    /// Its service account before.
    pub current_account: String,
    /// All identities that it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<TargetIdentity>,
    /// The bindings that gave it them, with their namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<String>,
    /// What the plan says to do, for those who do it at the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// An identity of a workload.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TargetIdentity {
    /// Its client id.
    pub client_id: String,
    /// The AzureIdentity, with its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_identity: Option<String>,
    /// Its resource id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Its tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// A service account.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Account {
    /// Its name.
    pub name: String,
    /// Whether it was made here.
    #[serde(default)]
    pub is_made: bool,
    /// What its annotations were before; none for those that were not there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, Option<String>>,
    /// RoleBindings that were made for it, and ClusterRoleBindings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role_bindings: Vec<String>,
    /// See `role_bindings`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cluster_role_bindings: Vec<String>,
}

impl Entry {
    /// Its key among those of its namespace.
    pub(crate) fn key(&self) -> String {
        let parts = [Some(self.kind.as_str()), Some(self.name.as_str()), self.template.as_deref()];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        key(WORKLOAD, &parts)
    }

    /// Whether nothing of it has to be remembered.
    pub(crate) fn is_untouched(&self) -> bool {
        self.state == State::NotStarted && self.doing.is_none()
    }
}
