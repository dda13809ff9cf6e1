//! wisp in a pod that it was put into before: whether all of it is there.

use serde_json::{Map, Value};

use super::{
    Diagnostic, Mode,
    additions::{INIT, SIDECAR},
    options::annotation,
    record::{INJECTED, Record},
};

/// What stands in a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Standing {
    /// The mode, as the record has it.
    pub mode: String,
    /// The container that answers.
    pub sidecar: Value,
}

/// wisp in the pod of `template`; none when the pod says nothing of it. What says that wisp is in and lacks a container of it is
/// an error.
pub(crate) fn standing(template: &Value) -> Result<Option<Standing>, Diagnostic> {
    let none = Map::new();
    let annotations = template
        .pointer("/metadata/annotations")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let Some(record) = Record::read(annotations)? else { return Ok(None) };
    let redirects = record.mode().is_some_and(Mode::redirects);
    let needed = [Some(SIDECAR), redirects.then_some(INIT)];
    let lacks = |name: &&str| container(template, name).is_none();
    let missing: Vec<_> = needed
        .into_iter()
        .flatten()
        .filter(lacks)
        .map(|name| format!("`{name}`"))
        .collect();
    match container(template, SIDECAR) {
        Some(sidecar) if missing.is_empty() => {
            Ok(Some(Standing { mode: record.mode, sidecar: sidecar.clone() }))
        }
        _ => Err(Diagnostic::new(
            annotation(INJECTED),
            format!(
                "annotation `{INJECTED}` says that wisp is in this pod in mode `{}`, but it has no container {}; remove the annotation and \
                 what is left of wisp (`wispctl uninject`), or inject it again",
                record.mode,
                missing.join(" or ")
            ),
        )),
    }
}

/// The container called `name`.
pub(crate) fn container<'a>(template: &'a Value, name: &str) -> Option<&'a Value> {
    let lists = ["initContainers", "containers"].into_iter();
    lists
        .filter_map(|key| template.get("spec")?.get(key)?.as_array())
        .flatten()
        .find(|container| container.get("name").and_then(Value::as_str) == Some(name))
}
