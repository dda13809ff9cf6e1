//! What is kept of an object: what checks look at. Values that may be secrets are dropped before anything else sees them.

use serde_json::{Map, Value, json};

use super::tree::text;
use crate::operator::inject::additions::CONTAINERS;

/// The annotations that say something of identities.
const ANNOTATIONS: [&str; 2] = ["azure.workload.identity/", "wisp/"];

/// The variables whose values are looked at. None of them is a secret.
const VARIABLES: [&str; 11] = [
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "PROXY_PORT",
    "WISP_IMAGE",
];

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
                annotations.retain(|key, _| ANNOTATIONS.iter().any(|kept| key.starts_with(kept)));
            }
            for key in ["containers", "initContainers", "ephemeralContainers"] {
                if let Some(Value::Array(containers)) = fields.get_mut(key) {
                    containers.iter_mut().for_each(container);
                }
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

/// Drops the values of variables, and the command line. Those of wisp's own containers stay: they are compared, and never shown.
fn container(container: &mut Value) {
    if CONTAINERS.contains(&text(container, "/name")) {
        return;
    }
    let is_webhook = container
        .pointer("/args/0")
        .is_some_and(|first| first == WEBHOOK);
    let Some(fields) = container.as_object_mut() else { return };
    fields.remove("command");
    fields.remove("lifecycle");
    if !is_webhook {
        fields.remove("args");
    }
    if let Some(Value::Array(variables)) = fields.get_mut("env") {
        for variable in variables {
            let name = text(variable, "/name").to_owned();
            if let Some(fields) = variable.as_object_mut()
                && !VARIABLES.contains(&name.as_str())
            {
                fields.remove("value");
            }
        }
    }
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
