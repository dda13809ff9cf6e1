//! The words by which the workload identity webhook is told what to do with a pod.

use serde_json::{Map, Value};

/// What stands before each of them.
pub(crate) const PREFIX: &str = "azure.workload.identity/";
/// The annotation of a service account that names its identity.
pub(crate) const CLIENT_ID: &str = "azure.workload.identity/client-id";
/// The annotation of a service account that names its tenant.
pub(crate) const TENANT_ID: &str = "azure.workload.identity/tenant-id";
/// The label by which the webhook finds pods.
pub(crate) const USE_LABEL: &str = "azure.workload.identity/use";
/// The annotation with the containers that it leaves alone.
pub(crate) const SKIP_CONTAINERS: &str = "azure.workload.identity/skip-containers";

/// What the webhook calls its volume, up to version 1.5.
pub(crate) const OLD_VOLUME: &str = "azure-identity-token";
/// How the name of its volume starts, from version 1.6 on.
pub(crate) const VOLUME_PREFIX: &str = "azure-workload-identity-reserved-";

/// Whether a pod with these labels is one that the webhook comes to.
pub(super) fn is_labelled(labels: &Map<String, Value>) -> bool {
    labels.get(USE_LABEL) == Some(&"true".into())
}
