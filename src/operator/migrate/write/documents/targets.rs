//! What is edited in a document: pod templates of workloads, and service accounts.

use serde_json::Value;

use super::Context;
use crate::operator::{
    edit::{Path, Step, display, get, join},
    migrate::inventory::{identify, is_live},
    workload::pods,
};

/// A pod template of a workload that is written.
pub(super) struct Target {
    /// The index of the workload.
    pub index: usize,
    /// The path to the template.
    pub path: Path,
    /// The path to the object.
    pub root: Path,
    /// Whether its containers have images: a patch has none.
    pub is_complete: bool,
}

/// The deepest lists of lists looked into.
const MAX_LISTS: usize = 4;

/// The pod templates in `document`.
pub(super) fn targets(context: &Context<'_>, document: &Value) -> Vec<Target> {
    let found = pods(document, context.which).unwrap_or_default();
    let mut targets = Vec::new();
    for pod in found.selected {
        let root = root(document, &pod.path);
        let object = get(document, &root).unwrap_or(&Value::Null);
        if is_live(object) {
            continue;
        }
        let below = display(pod.path.get(root.len()..).unwrap_or_default());
        let Some((namespace, kind, name)) = identify(object, context.namespace) else { continue };
        let index = context.moved.iter().position(|moved| {
            let template = moved.planned.template.as_deref();
            moved.is((&namespace, &kind, &name)) && template.is_none_or(|template| template == below)
        });
        let template = get(document, &pod.path).unwrap_or(&Value::Null);
        targets.extend(index.map(|index| Target {
            index,
            path: pod.path.clone(),
            root,
            is_complete: is_complete(template),
        }));
    }
    targets
}

/// The path to the innermost object that has what is at `path`.
fn root(document: &Value, path: &[Step]) -> Path {
    let is_object = |end: &usize| {
        let above = get(document, path.get(..*end).unwrap_or_default());
        above.is_some_and(|value| value.get("apiVersion").is_some() && value.get("kind").is_some())
    };
    let end = (0..=path.len()).rev().find(is_object).unwrap_or_default();
    path.get(..end).unwrap_or_default().to_vec()
}

/// Whether the containers of `template` have images.
pub(crate) fn is_complete(template: &Value) -> bool {
    let containers = template
        .pointer("/spec/containers")
        .and_then(Value::as_array);
    containers.is_some_and(|all| {
        !all.is_empty()
            && all
                .iter()
                .all(|container| container.get("image").is_some_and(Value::is_string))
    })
}

/// The paths to the objects of `document`: itself, or the items of its lists.
pub(super) fn objects(document: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(document, &[], 0, &mut found);
    found
}

fn collect(document: &Value, at: &[Step], lists: usize, found: &mut Vec<Path>) {
    let Some(value) = get(document, at) else { return };
    let kind = value.get("kind").and_then(Value::as_str);
    let items = value.get("items").and_then(Value::as_array);
    match (kind, items) {
        (Some(kind), Some(items)) if kind.ends_with("List") && lists < MAX_LISTS => {
            let items_at = join(at, "items");
            for index in 0..items.len() {
                collect(document, &join(&items_at, index), lists + 1, found);
            }
        }
        _ => found.push(at.to_vec()),
    }
}
