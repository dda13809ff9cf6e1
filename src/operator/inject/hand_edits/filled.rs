//! What API servers and webhooks fill in, so that a manifest read back from a cluster is not taken for an edited one.

use serde_json::Value;

use super::{
    super::defaults::is_default,
    leaves::{Leaf, display},
};

/// Where admission mounts the token for the API server into every container.
const API_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What the workload identity webhook sets beside its mount.
const WEBHOOKS: [&str; 4] =
    ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"];

/// Whether `leaf` of `addition` may have come from a cluster rather than from a person.
pub(super) fn is_filled(leaf: &Leaf, addition: &Value) -> bool {
    is_default(&format!(".{}", display(&leaf.path)), &leaf.value, addition)
        || is_resize_policy(leaf)
        || is_mount_of_cluster(leaf, addition)
        || is_variable_of_webhook(leaf, addition)
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
