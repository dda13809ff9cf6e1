//! The containers of pods.

use serde_json::Value;

/// The containers of a pod, of all sorts.
pub(super) fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .filter_map(|key| spec.get(key)?.as_array())
        .flatten()
}
