//! The label where it stands in values of charts, and in patches.

use serde_json::Value;

use super::Context;
use crate::operator::{
    edit::{Edit, Path, Step, join},
    migrate::{
        inventory::model::Dependent,
        write::{
            Unwritten,
            edits::{labels, merged, removed},
        },
    },
    pod_identity::LABEL,
};

/// What inventories call such values and patches.
const COMPONENT: &str = "label in values";
/// The deepest place looked at.
const DEEPEST: usize = 32;

/// Whether `dependent` is such values or such a patch.
pub(super) fn is_meant(dependent: &Dependent) -> bool {
    dependent.component == COMPONENT
}

/// The edits that give pods their new labels beside the old one, by values.
pub(super) fn parallel(context: &Context<'_>, document: &Value, skipped: &[Path]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, value) in mappings(document, skipped) {
        for (key, value) in new_labels(context, &value) {
            edits.extend(merged(document, &at, &key, &value.into()));
        }
    }
    edits
}

/// The edits that take the label out of values, and its values.
pub(super) fn cut_over(
    context: &Context<'_>,
    document: &Value,
    skipped: &[Path],
) -> (Vec<Edit>, Vec<String>) {
    let (mut edits, mut values) = (Vec::new(), Vec::new());
    for (at, value) in mappings(document, skipped) {
        if is_left(context, &value) {
            let least = at.len();
            edits.extend(removed(document, join(&at, LABEL), least));
            values.push(value);
        }
    }
    (edits, values)
}

/// What is left to people: values of the label that are not in `done`, by file and value.
pub(super) fn unwritten(context: &Context<'_>, done: &[(String, String)]) -> Vec<Unwritten> {
    let meant = context
        .inventory
        .dependents
        .iter()
        .filter(|one| is_meant(one));
    meant
        .filter_map(|one| {
            let (_, value) = one.what.split_once("aadpodidbinding: ")?;
            let value = value.strip_suffix(" in a patch").unwrap_or(value);
            let key = (one.origin.source.clone(), value.to_owned());
            let reason = if done.contains(&key) {
                return None;
            } else if is_left(context, value) {
                "it stands in a text, in an edit of a JSON Patch, or in a file that is not read again; take it out by hand"
            } else {
                "no workload that was read has this label and loses it; give the rendered chart as well, or take it out by hand"
            };
            Some(Unwritten { about: one.object.clone(), reason: format!("`{}`: {reason}", one.what) })
        })
        .collect()
}

/// The labels of the workloads with the label `value`, if these all get the same.
fn new_labels(context: &Context<'_>, value: &str) -> Vec<(String, String)> {
    let has_it = context
        .moved
        .iter()
        .filter(|moved| moved.workload.label.as_deref() == Some(value));
    let mut all: Vec<_> = has_it.map(|moved| labels(moved.road)).collect();
    all.dedup();
    match all.as_slice() {
        [only] => only.clone(),
        _ => Vec::new(),
    }
}

/// Whether all workloads with the label `value` lose it, and there are any.
fn is_left(context: &Context<'_>, value: &str) -> bool {
    let has_it = |label: &Option<String>| label.as_deref() == Some(value);
    let moved = context
        .moved
        .iter()
        .filter(|moved| has_it(&moved.workload.label) && moved.loses_label())
        .count();
    let all = context
        .inventory
        .workloads
        .iter()
        .filter(|workload| has_it(&workload.label));
    moved > 0 && moved == all.count()
}

/// The mappings of `document` that have the label, and its values, outside of what is `skipped`.
fn mappings(document: &Value, skipped: &[Path]) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    walk(document, &mut Vec::new(), skipped, &mut found);
    found
}

fn walk(value: &Value, at: &mut Path, skipped: &[Path], found: &mut Vec<(Path, String)>) {
    if at.len() > DEEPEST || skipped.contains(at) {
        return;
    }
    match value {
        Value::Object(map) => {
            let label = map.get(LABEL).and_then(Value::as_str);
            found.extend(
                label
                    .filter(|value| !value.is_empty())
                    .map(|value| (at.clone(), value.to_owned())),
            );
            for (key, value) in map {
                at.push(Step::from(key.as_str()));
                walk(value, at, skipped, found);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                at.push(Step::from(index));
                walk(value, at, skipped, found);
                at.pop();
            }
        }
        _ => {}
    }
}
