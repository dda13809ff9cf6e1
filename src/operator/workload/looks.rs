//! Pods in objects of unknown kinds, known by what they look like.

use serde_json::Value;

use super::template_path::TemplatePath;
use crate::operator::edit::{Path, join};

/// What looks like a pod in an object.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Look {
    /// A pod template: a `spec` with containers.
    Template(Path),
    /// Containers with images outside a pod template.
    Containers(Path),
}

/// The deepest place looked at.
const DEEPEST: usize = 16;

/// What looks like a pod in `object`, the first of each list.
pub(super) fn looks(object: &Value) -> Vec<Look> {
    let mut found = Vec::new();
    // The object itself is no template: what it says of itself in `metadata` is not its pod's.
    for key in ["spec", "template"] {
        if let Some(value) = object.get(key) {
            look(value, &join(&[], key), &mut found);
        }
    }
    let mut template_paths = Vec::new();
    found.retain(|look| {
        let (Look::Template(path) | Look::Containers(path)) = look;
        let template_path = TemplatePath::along(path);
        let new = !template_paths.contains(&template_path);
        template_paths.push(template_path);
        new
    });
    found
}

fn look(value: &Value, at: &Path, found: &mut Vec<Look>) {
    if at.len() > DEEPEST {
        return;
    }
    match value {
        Value::Object(map) => {
            if map
                .get("spec")
                .is_some_and(|spec| has_containers(spec, &["name"]))
            {
                found.push(Look::Template(at.clone()));
                return;
            }
            if has_containers(value, &["name", "image"]) {
                found.push(Look::Containers(at.clone()));
                return;
            }
            for (key, value) in map {
                look(value, &join(at, key.as_str()), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                look(value, &join(at, index), found);
            }
        }
        _ => {}
    }
}

/// Whether `spec` has containers, all of which say `keys` of themselves.
fn has_containers(spec: &Value, keys: &[&str]) -> bool {
    let list = spec.get("containers").and_then(Value::as_array);
    let says = |container: &Value| {
        keys.iter()
            .all(|key| container.get(key).is_some_and(Value::is_string))
    };
    list.is_some_and(|list| !list.is_empty() && list.iter().all(says))
}
