//! What people changed by hand in the parts that injection wrote, and would lose when these are written anew or taken out.
//!
//! The record in the pod has a digest of each value that was written (`digest`), so that a change is seen whatever version of
//! wispctl wrote it. What API servers and webhooks fill in (`filled`) is nobody's change, and neither is what the new injection
//! writes as well.

mod digest;
mod filled;
mod leaves;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Diagnostic,
    additions::{CONTAINERS, VOLUMES},
    options::annotation,
    record::{INJECTED, Record},
};
use crate::operator::edit::{Path, get, join};
pub(super) use digest::Digest;
use leaves::{Leaf, display, leaves};

/// Something that a person did in the injected parts.
#[derive(Debug)]
pub(crate) struct HandEdit {
    /// What it is and where.
    pub diagnostic: Diagnostic,
    /// It is certain that it would be lost.
    pub is_lost: bool,
}

/// A part of a pod that injection wrote as a whole.
struct Addition<'a> {
    /// What it is, for people.
    what: String,
    /// Its place in the pod template.
    at: Path,
    value: &'a Value,
}

/// The digest of the parts that injection writes.
pub(super) fn written<'a>(parts: impl Iterator<Item = &'a Value>) -> Digest {
    parts.flat_map(leaves).collect()
}

/// What people changed in the injected parts of the pod `before`, as far as it would not be in `after`.
pub(crate) fn hand_edits(before: &Value, after: &Value) -> Vec<HandEdit> {
    let annotations = before
        .pointer("/metadata/annotations")
        .and_then(Value::as_object);
    let Some(Ok(Some(record))) = annotations.map(Record::read) else { return Vec::new() };
    let Some(digest) = &record.written else {
        let text = format!(
            "wisp {} wrote this pod and kept no record of what it wrote, so wispctl cannot tell which edits were made by hand since",
            record.version
        );
        return vec![HandEdit { diagnostic: Diagnostic::new(annotation(INJECTED), text), is_lost: false }];
    };
    let standing = additions(before);
    let coming = additions(after);
    let mut edits = Vec::new();
    for addition in &standing {
        let next = coming.iter().find(|next| next.what == addition.what);
        edits.extend(changed(addition, next, digest));
    }
    for next in &coming {
        match standing.iter().find(|addition| addition.what == next.what) {
            Some(addition) => edits.extend(removed(addition, next, digest)),
            None if leaves(next.value).iter().any(|leaf| digest.has(leaf)) => {
                edits.push(Diagnostic::new(
                    join(&[], "spec"),
                    format!("{} was removed by hand, and would come back", next.what),
                ));
            }
            None => {}
        }
    }
    edits
        .into_iter()
        .map(|diagnostic| HandEdit { diagnostic, is_lost: true })
        .collect()
}

fn additions(template: &Value) -> Vec<Addition<'_>> {
    let mut all = Vec::new();
    for (key, names, kind) in [
        ("initContainers", &CONTAINERS[..], "container"),
        ("containers", &CONTAINERS[..], "container"),
        ("volumes", &VOLUMES[..], "volume"),
    ] {
        let list = join(&join(&[], "spec"), key);
        let items = get(template, &list).and_then(Value::as_array);
        for (index, value) in items.into_iter().flatten().enumerate() {
            if let Some(name) = value.get("name").and_then(Value::as_str)
                && names.contains(&name)
            {
                all.push(Addition { what: format!("{kind} `{name}`"), at: join(&list, index), value });
            }
        }
    }
    all
}

/// What stands in `addition`, was not written by injection, and is not what comes.
fn changed(addition: &Addition<'_>, next: Option<&Addition<'_>>, digest: &Digest) -> Vec<Diagnostic> {
    let standing = leaves(addition.value);
    let coming = next.map(|next| leaves(next.value)).unwrap_or_default();
    let (kept, lost): (Vec<&Leaf>, Vec<&Leaf>) = standing.iter().partition(|leaf| {
        digest.has(leaf) || filled::is_filled(leaf, addition.value) || coming.contains(leaf)
    });
    let known: Vec<_> = kept.into_iter().chain(&coming).collect();
    let mut reported = BTreeSet::new();
    let mut edits = Vec::new();
    for leaf in lost {
        // The largest part that is new as a whole, so that a new probe is one edit and not ten.
        let whole = (1..leaf.path.len())
            .find(|depth| {
                known
                    .iter()
                    .all(|known| known.path.get(..*depth) != leaf.path.get(..*depth))
            })
            .unwrap_or(leaf.path.len());
        let path = leaf.path.get(..whole).unwrap_or_default();
        if !reported.insert(path.to_vec()) {
            continue;
        }
        let at: Path = addition
            .at
            .iter()
            .chain(leaf.at.get(..whole).unwrap_or_default())
            .cloned()
            .collect();
        let value = get(addition.value, leaf.at.get(..whole).unwrap_or_default()).unwrap_or(&Value::Null);
        let text = format!(
            "`{}` of {} was set to {} by hand, which would be lost",
            display(path),
            addition.what,
            shown(value)
        );
        edits.push(Diagnostic::new(at, text));
    }
    edits
}

/// What was written and is not there any more, and would be back.
fn removed(addition: &Addition<'_>, next: &Addition<'_>, digest: &Digest) -> Vec<Diagnostic> {
    let standing = leaves(addition.value);
    let mut reported = BTreeSet::new();
    let mut edits = Vec::new();
    for leaf in leaves(next.value) {
        let is_gone = standing.iter().all(|there| there.path != leaf.path);
        if !is_gone || !digest.has(&leaf) || filled::is_filled(&leaf, next.value) {
            continue;
        }
        let whole = (1..leaf.path.len())
            .find(|depth| {
                standing
                    .iter()
                    .all(|there| there.path.get(..*depth) != leaf.path.get(..*depth))
            })
            .unwrap_or(leaf.path.len());
        let path = leaf.path.get(..whole).unwrap_or_default().to_vec();
        if reported.insert(path.clone()) {
            let text =
                format!("`{}` of {} was removed by hand, and would come back", display(&path), addition.what);
            edits.push(Diagnostic::new(addition.at.clone(), text));
        }
    }
    edits
}

/// A value in one line that is not too long.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 120;
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(LONGEST).collect::<String>())
}
