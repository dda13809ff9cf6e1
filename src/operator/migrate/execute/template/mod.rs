//! Pod templates of live objects: where they are, what they show, and how they are changed.
//!
//! - `adopt`: adopted pods, once the objects that name their identities are to go
//! - `marks`: by what the state of a template is seen
//! - `put`: wisp into it, by the road of its workload
//! - `restore`: as it was before

mod adopt;
mod marks;
mod put;
mod restore;

use serde_json::{Value, json};

use super::record::Entry;
use crate::operator::{
    edit::{display, pointer},
    identity::digest,
    pod_identity::LABEL,
    workload::{Which, pods},
};
pub(super) use adopt::{adopted, adopted_no_more};
pub(super) use marks::Marks;
pub(super) use put::{has_wisp, put_in, set};
pub(super) use restore::{restored, with_label, without_label};

/// Where the pod template of `entry` is in its object, as a JSON Pointer. The error says why nobody knows.
pub(super) fn location(object: &Value, entry: &Entry, which: &Which) -> Result<String, String> {
    let found = pods(object, which)?.selected;
    let meant = found.iter().find(|template| match &entry.template {
        Some(path) if found.len() > 1 => display(&template.path) == *path,
        _ => true,
    });
    meant
        .map(|template| pointer(&template.path))
        .ok_or_else(|| "it has no pod template where objects of its kind have it".to_owned())
}

/// The JSON Patch that puts `after` in the place of `before`, if the object is still what it was read as.
pub(super) fn patch(object: &Value, location: &str, before: &Value, after: &Value) -> Value {
    let mut operations = Vec::new();
    if let Some(uid) = object.pointer("/metadata/uid") {
        operations.push(json!({"op": "test", "path": "/metadata/uid", "value": uid}));
    }
    operations.push(json!({"op": "test", "path": location, "value": before}));
    operations.push(json!({"op": "replace", "path": location, "value": after}));
    operations.into()
}

/// The label of the object itself, beside that of its pods. API servers give Jobs and ReplicaSets the labels of their template.
pub(super) fn own_label<'a>(object: &'a Value, location: &str) -> Option<&'a str> {
    let labels = object
        .pointer("/metadata/labels")
        .filter(|_| !location.is_empty())?;
    labels.get(LABEL)?.as_str()
}

/// The operation that has the label of the object itself follow that of its template, `after` the change; none where it need not.
pub(super) fn own_label_follows(
    object: &Value,
    location: &str,
    entry: &Entry,
    after: &Value,
) -> Option<Value> {
    let path = format!("/metadata/labels/{LABEL}");
    match (own_label(object, location), Marks::of(after).label) {
        (Some(_), None) => Some(json!({"op": "remove", "path": path})),
        (None, Some(label)) if entry.has_own_label && object.pointer("/metadata/labels").is_none() => {
            Some(json!({"op": "add", "path": "/metadata/labels", "value": {LABEL: label}}))
        }
        (None, Some(label)) if entry.has_own_label => {
            Some(json!({"op": "add", "path": path, "value": label}))
        }
        _ => None,
    }
}

/// What tells that a template is what was written, after an API server has filled in its defaults.
pub(super) fn fingerprint(template: &Value) -> String {
    // Keys of `serde_json` are sorted.
    digest(&template.to_string())
}

/// Whether the object selects its pods by the label, so that it cannot be taken off them.
pub(super) fn is_selected_by(object: &Value, label: &str) -> bool {
    let selector = object.pointer("/spec/selector");
    let of = |key: &str| selector.and_then(|selector| selector.get(key));
    let by_expression = of("matchExpressions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    of("matchLabels").is_some_and(|labels| labels.get(label).is_some())
        // ReplicationControllers have no `matchLabels`.
        || of(label).is_some_and(Value::is_string)
        || by_expression.into_iter().any(|one| one.get("key").and_then(Value::as_str) == Some(label))
}
