//! Values that an API server gives to fields that nobody set. They stand in what was read back from a cluster.

use serde_json::Value;

/// By the end of the path.
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

/// Whether an API server gives `value` to the field at `path`, which ends with its name; `parent` is the mapping that the field is in.
pub(super) fn is_default(path: &str, value: &str, parent: &Value) -> bool {
    if path.ends_with(".imagePullPolicy") {
        return parent
            .get("image")
            .and_then(Value::as_str)
            .is_some_and(|image| value == pull_policy(image));
    }
    DEFAULTS
        .iter()
        .any(|(end, default)| path.ends_with(end) && value == *default)
}

/// The policy that follows from the image: a tag that may move is asked for each time.
fn pull_policy(image: &str) -> &'static str {
    let (named, digest) = image
        .split_once('@')
        .map_or((image, false), |(named, _)| (named, true));
    let last = named.rsplit('/').next().unwrap_or_default();
    let moves = last
        .split_once(':')
        .map_or(!digest, |(_, tag)| tag == "latest");
    if moves { "Always" } else { "IfNotPresent" }
}

#[cfg(test)]
mod tests {
    use super::pull_policy;

    #[test]
    fn the_policy_follows_from_the_tag() {
        for (image, policy) in [
            ("wisp", "Always"),
            ("registry.example:5000/wisp", "Always"),
            ("wisp:latest", "Always"),
            ("wisp:latest@sha256:00", "Always"),
            ("wisp@sha256:00", "IfNotPresent"),
            ("registry.example:5000/wisp:1", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }
}
