//! The kinds that are looked at.

use serde_json::Value;

use super::tree::text;
use crate::operator::cluster::{Kind, NAMESPACES, Scope};

const fn kind(roots: &'static [&'static str], resource: &'static str, name: &'static str) -> Kind {
    Kind { roots, resource, name, scope: Scope::Namespaced }
}

const fn cluster(roots: &'static [&'static str], resource: &'static str, name: &'static str) -> Kind {
    Kind { roots, resource, name, scope: Scope::Cluster }
}

const CORE: &[&str] = &["api/v1"];
const APPS: &[&str] = &["apis/apps/v1"];
const BATCH: &[&str] = &["apis/batch/v1"];
const RBAC: &[&str] = &["apis/rbac.authorization.k8s.io/v1"];
const ADMISSION: &[&str] =
    &["apis/admissionregistration.k8s.io/v1", "apis/admissionregistration.k8s.io/v1beta1"];

pub(super) const PODS: Kind = kind(CORE, "pods", "Pod");
pub(super) const ACCOUNTS: Kind = kind(CORE, "serviceaccounts", "ServiceAccount");
pub(super) const EVENTS: Kind = kind(CORE, "events", "Event");
pub(super) const SERVICES: Kind = kind(CORE, "services", "Service");
pub(super) const SLICES: Kind = kind(&["apis/discovery.k8s.io/v1"], "endpointslices", "EndpointSlice");
pub(super) const DEPLOYMENTS: Kind = kind(APPS, "deployments", "Deployment");
pub(super) const REPLICA_SETS: Kind = kind(APPS, "replicasets", "ReplicaSet");
pub(super) const JOBS: Kind = kind(BATCH, "jobs", "Job");
pub(super) const WEBHOOKS: Kind =
    cluster(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration");
pub(super) const MUTATING: Kind = cluster(ADMISSION, "mutatingadmissionpolicies", "MutatingAdmissionPolicy");
pub(super) const MUTATING_BINDINGS: Kind =
    cluster(ADMISSION, "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding");
pub(super) const VALIDATING: Kind =
    cluster(ADMISSION, "validatingadmissionpolicies", "ValidatingAdmissionPolicy");
pub(super) const VALIDATING_BINDINGS: Kind =
    cluster(ADMISSION, "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding");
pub(super) const ROLES: Kind = kind(RBAC, "roles", "Role");
pub(super) const ROLE_BINDINGS: Kind = kind(RBAC, "rolebindings", "RoleBinding");
pub(super) const CLUSTER_ROLES: Kind = cluster(RBAC, "clusterroles", "ClusterRole");
pub(super) const CLUSTER_ROLE_BINDINGS: Kind = cluster(RBAC, "clusterrolebindings", "ClusterRoleBinding");

/// What is read of the namespaces that are looked at, or of all.
pub(super) const WORKLOADS: &[Kind] = &[
    PODS,
    ACCOUNTS,
    DEPLOYMENTS,
    REPLICA_SETS,
    kind(APPS, "statefulsets", "StatefulSet"),
    kind(APPS, "daemonsets", "DaemonSet"),
    JOBS,
    kind(BATCH, "cronjobs", "CronJob"),
    EVENTS,
    WEBHOOKS,
    MUTATING,
    MUTATING_BINDINGS,
    VALIDATING,
    VALIDATING_BINDINGS,
];

/// What is read of the namespaces that webhooks run in.
pub(super) const OF_WEBHOOKS: &[Kind] =
    &[SERVICES, SLICES, DEPLOYMENTS, ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS];

/// The kind of an object of a dump, if it is looked at.
pub(super) fn of(object: &Value) -> Option<Kind> {
    let group = |version: &str| {
        version
            .rsplit_once('/')
            .map_or("", |(group, _)| group)
            .to_owned()
    };
    let (name, of_group) = (text(object, "/kind"), group(text(object, "/apiVersion")));
    let is_same = |kind: &&Kind| {
        let root = kind.roots.first().copied().unwrap_or_default();
        let root = root.trim_start_matches("apis/").trim_start_matches("api/");
        kind.name == name && group(root) == of_group
    };
    let all = WORKLOADS.iter().chain(OF_WEBHOOKS).chain(&[NAMESPACES]);
    all.copied()
        .collect::<Vec<_>>()
        .iter()
        .find(is_same)
        .copied()
}
