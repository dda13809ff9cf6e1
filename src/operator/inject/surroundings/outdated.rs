//! Versions of the Kubernetes API that prove an old cluster: newer ones do not serve them any more.

use serde_json::Value;

/// An object of such a version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Outdated {
    /// Its version and kind.
    pub kind: String,
    /// The last minor version of Kubernetes 1 that serves it.
    pub last: u32,
}

/// Versions, the kinds in them, and the last minor version of Kubernetes 1 that served these. Names of versions come back for
/// new kinds, so kinds are named.
const SERVED: &[(&str, &[&str], u32)] = &[
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        21,
    ),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 21),
    ("apiregistration.k8s.io/v1beta1", &["APIService"], 21),
    ("apps/v1beta1", &["Deployment", "StatefulSet"], 15),
    ("apps/v1beta2", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], 15),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 24),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 25),
    ("batch/v1beta1", &["CronJob"], 24),
    ("batch/v2alpha1", &["CronJob"], 20),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 21),
    ("coordination.k8s.io/v1beta1", &["Lease"], 21),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], 24),
    (
        "extensions/v1beta1",
        &["DaemonSet", "Deployment", "NetworkPolicy", "PodSecurityPolicy", "ReplicaSet"],
        15,
    ),
    ("extensions/v1beta1", &["Ingress"], 21),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"], 25),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &["FlowSchema", "PriorityLevelConfiguration"], 28),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 21),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], 24),
    ("policy/v1beta1", &["PodDisruptionBudget", "PodSecurityPolicy"], 24),
    ("rbac.authorization.k8s.io/v1alpha1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], 21),
    ("rbac.authorization.k8s.io/v1beta1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], 21),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], 21),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 21),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 26),
];

/// Whether a document may have such a version.
pub(super) fn may_be(text: &str) -> bool {
    ["v1beta", "v2beta", "v1alpha1", "v2alpha1"]
        .iter()
        .any(|version| text.contains(version))
}

/// Whether `object` proves an old cluster.
pub(super) fn outdated(object: &Value) -> Option<Outdated> {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let (version, kind) = (text("apiVersion")?, text("kind")?);
    let (.., last) = SERVED
        .iter()
        .find(|(served, kinds, _)| *served == version && kinds.contains(&kind))?;
    Some(Outdated { kind: format!("{version} {kind}"), last: *last })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{SERVED, may_be, outdated};

    #[test]
    fn versions_prove_a_cluster_by_their_kinds() {
        let last = |version: &str, kind: &str| {
            outdated(&json!({"apiVersion": version, "kind": kind})).map(|outdated| outdated.last)
        };
        assert_eq!(last("batch/v1beta1", "CronJob"), Some(24));
        assert_eq!(last("extensions/v1beta1", "Ingress"), Some(21));
        assert_eq!(last("extensions/v1beta1", "Deployment"), Some(15));
        assert_eq!(last("batch/v1", "CronJob"), None);
        // Newer clusters have these.
        assert_eq!(last("networking.k8s.io/v1beta1", "IPAddress"), None);
        assert_eq!(last("admissionregistration.k8s.io/v1beta1", "MutatingAdmissionPolicy"), None);
        for (version, kinds, last) in SERVED {
            assert!(may_be(version) && !kinds.is_empty() && *last < 29, "{version}");
        }
    }
}
