//! What is kept of an object: what checks look at. Values that may be secrets are dropped before anything else sees them.

use serde_json::{Map, Value, json};

use super::{
    meant::meant,
    tree::{list, text},
};
use crate::operator::inject::additions::{CONTAINERS, VOLUMES};

/// The annotations that say something of identities.
const ANNOTATIONS: [&str; 2] = ["azure.workload.identity/", "wisp/"];

/// The variables whose values are looked at. None of them is a secret.
const VARIABLES: [&str; 9] = [
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
];

/// How the names of other variables begin that are looked at: whether they are there, and not what they are.
const NAMED: &str = "AZURE_";

/// What is looked at of a pod's specification, of a container of the application, of a pod's status.
const SPEC: [&str; 7] = [
    "containers",
    "hostNetwork",
    "initContainers",
    "restartPolicy",
    "serviceAccount",
    "serviceAccountName",
    "volumes",
];
const CONTAINER: [&str; 6] = ["env", "envFrom", "image", "name", "restartPolicy", "volumeMounts"];
const STATUS: [&str; 3] = ["containerStatuses", "initContainerStatuses", "phase"];

/// The word that begins the arguments of wisp's webhook.
const WEBHOOK: &str = "webhook";

/// The most characters of a message that are kept.
const MESSAGE: usize = 2000;

/// What is kept of `object`.
pub(super) fn kept(mut object: Value) -> Value {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("managedFields");
    }
    // Secrets and ConfigMaps are no kinds that are looked at; whatever calls itself something else has none of their fields either.
    if let Some(fields) = object.as_object_mut() {
        for field in ["data", "stringData", "binaryData"] {
            fields.remove(field);
        }
    }
    let is_owned = !list(&object, "/metadata/ownerReferences").is_empty();
    match text(&object, "/kind") {
        // Their owner's template counts.
        "ReplicaSet" | "Job" if is_owned => {
            if let Some(fields) = object.as_object_mut() {
                fields.remove("spec");
            }
        }
        "Pod" => {
            if let Some(Value::Object(status)) = object.get_mut("status") {
                status.retain(|key, _| STATUS.contains(&key.as_str()));
            }
        }
        _ => {}
    }
    prune(&mut object, 0);
    object
}

/// The deepest object that is looked into.
const DEEPEST: usize = 40;

fn prune(value: &mut Value, depth: usize) {
    if depth > DEEPEST {
        *value = Value::Null;
        return;
    }
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(annotations)) = fields.get_mut("annotations") {
                annotations.retain(|key, _| {
                    ANNOTATIONS.iter().any(|kept| key.starts_with(kept)) || meant(key).is_some()
                });
            }
            if fields.get("containers").is_some_and(Value::is_array) {
                specification(fields);
            }
            for (key, value) in fields.iter_mut() {
                match (key.as_str(), value) {
                    ("message", Value::String(message)) => {
                        if let Some((end, _)) = message.char_indices().nth(MESSAGE) {
                            message.truncate(end);
                        }
                    }
                    (_, value) => prune(value, depth + 1),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| prune(item, depth + 1)),
        _ => {}
    }
}

/// Of a pod's specification.
fn specification(spec: &mut Map<String, Value>) {
    spec.retain(|key, _| SPEC.contains(&key.as_str()));
    for key in ["containers", "initContainers"] {
        if let Some(Value::Array(containers)) = spec.get_mut(key) {
            containers.iter_mut().for_each(container);
        }
    }
    if let Some(Value::Array(volumes)) = spec.get_mut("volumes") {
        for volume in volumes {
            let is_ours = VOLUMES.contains(&text(volume, "/name"));
            if let (false, Some(fields)) = (is_ours, volume.as_object_mut()) {
                fields.retain(|key, _| key == "name" || key == "projected");
            }
        }
    }
}

/// Of a container of the application: neither values of variables nor the command line. wisp's own stay whole: they are compared, and
/// never shown.
fn container(container: &mut Value) {
    if CONTAINERS.contains(&text(container, "/name")) {
        return;
    }
    let is_webhook = container
        .pointer("/args/0")
        .is_some_and(|first| first == WEBHOOK);
    let Some(fields) = container.as_object_mut() else { return };
    fields.retain(|key, _| CONTAINER.contains(&key.as_str()) || (is_webhook && key == "args"));
    let Some(Value::Array(variables)) = fields.get_mut("env") else { return };
    variables.retain_mut(|variable| {
        let name = text(variable, "/name");
        let (has_value, is_named) = (VARIABLES.contains(&name), name.starts_with(NAMED));
        if let (false, Some(fields)) = (has_value, variable.as_object_mut()) {
            fields.remove("value");
        }
        has_value || is_named
    });
}

/// What is kept of an event: a warning about one object, of which the newest of a reason counts.
pub(super) fn event(object: &Value) -> Option<(String, Value)> {
    if !matches!(text(object, "/type"), "Warning" | "") {
        return None;
    }
    let (kind, name) = (text(object, "/involvedObject/kind"), text(object, "/involvedObject/name"));
    let reason = text(object, "/reason");
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let time = times
        .iter()
        .map(|at| text(object, at))
        .find(|time| !time.is_empty());
    let message: String = text(object, "/message").chars().take(MESSAGE).collect();
    let mut kept = Map::new();
    for (key, value) in [("kind", kind), ("name", name), ("reason", reason)] {
        kept.insert(key.to_owned(), json!(value));
    }
    kept.insert("time".to_owned(), json!(time.unwrap_or_default()));
    kept.insert("message".to_owned(), json!(message));
    Some((
        format!("{kind}/{name}/{reason}/{}", text(object, "/involvedObject/fieldPath")),
        Value::Object(kept),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::kept;

    #[test]
    fn what_may_be_a_secret_is_dropped() {
        let secret = json!({"name": "PASSWORD", "value": "x"});
        let hidden = json!({"name": "AZURE_CLIENT_SECRET", "value": "x"});
        let seen = json!({"name": "AZURE_CLIENT_ID", "value": "id"});
        let app = json!({"name": "app", "image": "i", "command": ["x"], "args": ["x"], "env": [secret, hidden, seen], "envFrom": [{"secretRef": {"name": "s"}}],
            "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "a", "value": "x"}]}}});
        let wisp = json!({"name": "wisp", "env": [{"name": "HTTPS_PROXY", "value": "kept"}]});
        let volumes = json!([{"name": "v", "csi": {"volumeAttributes": {"k": "x"}}}, {"name": "t", "projected": {}}, {"name": "wisp-files", "secret": {}}]);
        let metadata =
            json!({"name": "p", "managedFields": ["x"], "annotations": {"a": "x", "wisp/mode": "env"}});
        let pod = json!({"kind": "Pod", "metadata": metadata, "spec": {"nodeName": "x", "containers": [app, wisp], "volumes": volumes},
            "status": {"phase": "Running", "hostIP": "x"}, "data": {"k": "x"}});
        let expected = json!({"kind": "Pod", "metadata": {"name": "p", "annotations": {"wisp/mode": "env"}},
            "spec": {"containers": [
                {"name": "app", "image": "i", "env": [{"name": "AZURE_CLIENT_SECRET"}, seen], "envFrom": [{"secretRef": {"name": "s"}}]},
                wisp,
            ], "volumes": [{"name": "v"}, {"name": "t", "projected": {}}, {"name": "wisp-files", "secret": {}}]},
            "status": {"phase": "Running"}});
        assert_eq!(kept(pod), expected);
    }
}
