//! A live cluster, which is read and nothing else.

use serde_json::Value;

use super::read::Reading;
use crate::operator::{
    cluster::{Api, Kind, Scope, Sink, each_kind},
    migrate::inventory::{OTHERS, OWN, SECRETS, model::Origin},
};

/// What reports call the cluster.
const CLUSTER: &str = "cluster";

/// What is asked for besides whatever has pods.
pub(super) const KINDS: &[Kind] =
    &[kind(&["api/v1"], "serviceaccounts", "ServiceAccount", Scope::Namespaced)];
/// What reviews ask for besides.
pub(super) const REVIEWED: &[Kind] = &[
    kind(RBAC, "clusterroles", "ClusterRole", Scope::Cluster),
    kind(RBAC, "clusterrolebindings", "ClusterRoleBinding", Scope::Cluster),
    kind(ADMISSION, "validatingadmissionpolicies", "ValidatingAdmissionPolicy", Scope::Cluster),
    kind(ADMISSION, "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", Scope::Cluster),
    kind(&["apis/kyverno.io/v1"], "clusterpolicies", "ClusterPolicy", Scope::Cluster),
    kind(MONITORING, "podmonitors", "PodMonitor", Scope::Namespaced),
    kind(MONITORING, "servicemonitors", "ServiceMonitor", Scope::Namespaced),
    kind(MONITORING, "prometheusrules", "PrometheusRule", Scope::Namespaced),
];

const RBAC: &[&str] = &["apis/rbac.authorization.k8s.io/v1"];
const ADMISSION: &[&str] = &["apis/admissionregistration.k8s.io/v1"];
const MONITORING: &[&str] = &["apis/monitoring.coreos.com/v1"];

const fn kind(
    roots: &'static [&'static str],
    resource: &'static str,
    name: &'static str,
    scope: Scope,
) -> Kind {
    Kind { roots, resource, name, scope }
}

/// What of a cluster is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent<'a> {
    /// This namespace alone.
    pub namespace: Option<&'a str>,
    /// Secrets too.
    pub has_secrets: bool,
    /// What only reviews look at, too.
    pub is_for_review: bool,
}

impl Reading {
    /// Reads `extent` of the cluster of `api`. What cannot be read is noted.
    pub(crate) async fn cluster<A: Api>(&mut self, api: &A, extent: Extent<'_>) {
        let secrets = extent.has_secrets.then_some(SECRETS);
        let reviewed = if extent.is_for_review { REVIEWED } else { &[] };
        let before = self.facts.unread.len();
        let kinds: Vec<_> = KINDS
            .iter()
            .chain(OWN)
            .chain(OTHERS)
            .chain(reviewed)
            .copied()
            .chain(secrets)
            .collect();
        let served = each_kind(api, &kinds, extent.namespace, self).await;
        let is_read = served.is_some() && self.facts.unread.len() == before;
        self.facts.evidence.is_whole = is_read && extent.namespace.is_none();
    }
}

impl Sink for Reading {
    fn begin(&mut self, resource: &'static str) {
        Sink::begin(&mut self.pods, resource);
    }

    fn take(&mut self, _: &'static str, object: &Value) {
        self.add(&Origin { source: CLUSTER.to_owned(), line: None }, object);
    }

    fn fail(&mut self, reason: String) {
        self.fail(format!("{CLUSTER}: {reason}"));
    }
}
