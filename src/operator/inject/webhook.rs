//! The words by which the workload identity webhook is told what to do with a pod.

use serde_json::{Map, Value};

/// The label by which the webhook finds pods.
pub(super) const USE_LABEL: &str = "azure.workload.identity/use";
/// The annotation with the containers that it leaves alone.
pub(super) const SKIP_CONTAINERS: &str = "azure.workload.identity/skip-containers";

/// Whether a pod with these labels is one that the webhook comes to.
pub(super) fn is_labelled(labels: &Map<String, Value>) -> bool {
    labels.get(USE_LABEL) == Some(&"true".into())
}
