//! The containers of a pod.

use serde_json::Value;

use super::Diagnostic;
use crate::operator::edit::{Path, get, join};

/// A container of the pod and its place in the template.
#[derive(Clone, Debug)]
pub(super) struct Container<'a> {
    /// Its place.
    pub at: Path,
    /// Its name.
    pub name: &'a str,
    /// All of it.
    pub value: &'a Value,
    /// It is an init container.
    pub is_init: bool,
}

/// The containers of a pod, init containers first.
pub(super) fn containers(template: &Value) -> Result<Vec<Container<'_>>, Vec<Diagnostic>> {
    let mut all = Vec::new();
    let mut diagnostics = Vec::new();
    for (key, is_init) in [("initContainers", true), ("containers", false)] {
        let at = join(&join(&[], "spec"), key);
        let list = match get(template, &at) {
            Some(Value::Array(list)) => list.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => {
                diagnostics.push(Diagnostic::new(at, format!("`{key}` must be a list")));
                continue;
            }
        };
        for (index, value) in list.iter().enumerate() {
            let at = join(&at, index);
            match value.get("name").and_then(Value::as_str) {
                Some(name) if !name.is_empty() => all.push(Container { at, name, value, is_init }),
                _ => diagnostics.push(Diagnostic::new(at, format!("a container in `{key}` has no name"))),
            }
        }
    }
    if diagnostics.is_empty() && !all.iter().any(|container| !container.is_init) {
        diagnostics.push(Diagnostic::new(join(&[], "spec"), "the pod has no containers"));
    }
    if diagnostics.is_empty() { Ok(all) } else { Err(diagnostics) }
}
