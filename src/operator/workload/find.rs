//! The pods of a document, among the objects of its lists.

use serde_json::Value;

use super::{
    Hint, PodTemplate, Pods, Which,
    custom::Custom,
    known::{KINDS, SERVED},
    object::{Object, Sought},
};
use crate::operator::edit::{Path, Step, display, get, join};

/// The deepest lists of lists looked into.
const MAX_LISTS: usize = 4;

/// The pods of `document`.
pub(crate) fn pods(document: &Value, which: &Which) -> Result<Pods, String> {
    let mut found = Pods::default();
    collect(document, &[], which, &mut found, 0)?;
    Ok(found)
}

/// Whether objects of `kind` in `group` are known to make pods.
pub(crate) fn makes_pods(kind: &str, group: &str) -> bool {
    let is_own = |(known, groups, _): &(&str, &[&str], &[&str])| *known == kind && groups.contains(&group);
    KINDS.iter().any(is_own)
        || SERVED
            .iter()
            .any(|known| known.name == kind && known.group == group)
}

/// Whether a document that could not be read shows all the same that there are no pods in it: by its kind, at the margin.
pub(crate) fn is_without_pods(text: &str, custom: &[Custom]) -> bool {
    let kinds: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("kind:"))
        .map(|kind| kind.split(" #").next().unwrap_or_default())
        .map(|kind| kind.trim().trim_matches(['"', '\'']))
        .collect();
    let may_have = |kind: &str| {
        kind.ends_with("List")
            || KINDS.iter().any(|(known, ..)| *known == kind)
            || SERVED.iter().any(|known| known.name == kind)
            || custom.iter().any(|custom| custom.kind == kind)
    };
    !kinds.is_empty() && !kinds.into_iter().any(may_have)
}

fn collect(
    document: &Value,
    at: &[Step],
    which: &Which,
    found: &mut Pods,
    lists: usize,
) -> Result<(), String> {
    let Some(value) = get(document, at) else { return Ok(()) };
    let object = Object::of(value);
    if object.kind.ends_with("List")
        && lists < MAX_LISTS
        && let Some(items) = value.get("items").and_then(Value::as_array)
    {
        let items_at = join(at, "items");
        for index in 0..items.len() {
            collect(document, &join(&items_at, index), which, found, lists + 1)?;
        }
        return Ok(());
    }
    let is_selected = which
        .selector
        .as_ref()
        .is_none_or(|selector| selector.fits(object.labels()));
    let Sought { paths, hints } = object.sought(&which.custom)?;
    let several = paths.len() > 1;
    let pod_template = |path: Path| {
        let name = object.name();
        let name = if several { format!("{name} ({})", display(&path)) } else { name };
        PodTemplate { path: at.iter().cloned().chain(path).collect(), object: name }
    };
    let templates = paths.into_iter().map(pod_template);
    if is_selected {
        found.selected.extend(templates);
        found.hints.extend(hints.into_iter().map(|hint| Hint {
            at: at.iter().cloned().chain(hint.at).collect(),
            text: format!("{}: {}", object.name(), hint.text),
            ..hint
        }));
    } else {
        found.others.extend(templates);
    }
    Ok(())
}
