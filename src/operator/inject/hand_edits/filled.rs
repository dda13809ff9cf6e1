//! What API servers and webhooks fill in, so that a manifest read back from a cluster is not taken for an edited one.

use serde_json::Value;

use super::leaves::{Leaf, display};

/// Values that an API server gives to fields that nobody set, by the end of the way to them.
const DEFAULTS: &[(&str, &str)] = &[
    (".terminationMessagePath", "/dev/termination-log"),
    (".terminationMessagePolicy", "File"),
    ("Probe.timeoutSeconds", "1"),
    ("Probe.periodSeconds", "10"),
    ("Probe.successThreshold", "1"),
    ("Probe.failureThreshold", "3"),
    (".fieldRef.apiVersion", "v1"),
    (".protocol", "TCP"),
    (".projected.defaultMode", "420"),
    (".serviceAccountToken.expirationSeconds", "3600"),
];

/// Where admission mounts the token for the API server into every container.
const API_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What the workload identity webhook sets beside its mount.
const WEBHOOKS: [&str; 4] =
    ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"];

/// Whether `leaf` of `addition` may have come from a cluster rather than from a person.
pub(super) fn is_filled(leaf: &Leaf, addition: &Value) -> bool {
    let path = format!(".{}", display(&leaf.path));
    if path == ".imagePullPolicy" {
        return leaf.value == pull_policy(addition);
    }
    DEFAULTS
        .iter()
        .any(|(end, value)| path.ends_with(end) && leaf.value == *value)
        || is_resize_policy(leaf)
        || is_mount_of_cluster(leaf, addition)
        || is_variable_of_webhook(leaf, addition)
}

/// The policy that follows from the image: a tag that may move is asked for each time.
fn pull_policy(addition: &Value) -> &'static str {
    let image = addition
        .get("image")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    let moves = !last.contains('@') && last.split_once(':').is_none_or(|(_, tag)| tag == "latest");
    if moves { "Always" } else { "IfNotPresent" }
}

/// From Kubernetes 1.33 on, how each resource of a running container is changed.
fn is_resize_policy(leaf: &Leaf) -> bool {
    matches!(leaf.path.as_slice(), [first, _, key] if first == "resizePolicy"
        && (key == "resourceName" || leaf.value == "NotRequired"))
}

fn is_mount_of_cluster(leaf: &Leaf, addition: &Value) -> bool {
    let [first, item, ..] = leaf.path.as_slice() else { return false };
    first == "volumeMounts"
        && mounts(addition)
            .any(|(name, path)| format!("[{name}]") == *item && (path == API_TOKEN || is_webhooks(name)))
}

fn is_variable_of_webhook(leaf: &Leaf, addition: &Value) -> bool {
    let [first, item, ..] = leaf.path.as_slice() else { return false };
    first == "env"
        && WEBHOOKS.iter().any(|name| format!("[{name}]") == *item)
        && mounts(addition).any(|(name, _)| is_webhooks(name))
}

fn is_webhooks(volume: &str) -> bool {
    volume == "azure-identity-token" || volume.starts_with("azure-workload-identity-reserved-")
}

fn mounts(addition: &Value) -> impl Iterator<Item = (&str, &str)> {
    let list = addition.get("volumeMounts").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|mount| Some((mount.get("name")?.as_str()?, mount.get("mountPath")?.as_str()?)))
}
