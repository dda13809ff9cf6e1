//! The commands by which what is written gets into the cluster.

use std::collections::BTreeSet;

use super::{Guide, word};
use crate::operator::migrate::write::{CUT_OVER, PARALLEL, moved::Moved, paths::relative};

/// Workloads of a namespace, with their indices.
pub(super) type Own<'a> = [(usize, &'a Moved<'a>)];

/// The commands that apply what is written for a time.
pub(super) fn apply(guide: &Guide<'_>, time: &str, own: &Own<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut files = BTreeSet::new();
    let mut has_component = false;
    for (index, moved) in own {
        let names = guide.of_workloads.get(index);
        files.extend(names.into_iter().flatten());
        if names.is_some() && moved.is_immutable() {
            // The API server makes up its name (`generateName`).
            if moved.planned.name.ends_with('-') {
                let name = moved.planned.display();
                lines.push(format!(
                    "# {name}…: make a new one by `kubectl create`, for `kubectl apply` makes up no names"
                ));
                continue;
            }
            lines.push(format!(
                "kubectl delete {} --namespace {} --ignore-not-found  # once it may be made anew",
                word(&moved.resource()),
                word(&moved.planned.namespace)
            ));
        }
        if guide.patched.contains(index) {
            let path = |end: &str| {
                format!("{time}/namespaces/{}/{}{end}", moved.planned.namespace, moved.file_name())
            };
            if time == CUT_OVER && guide.has(&path(".yaml")) {
                lines.push(patch(moved, "merge", &path(".yaml")));
            } else if guide.has(&path(".json")) {
                lines.push(patch(moved, "json", &path(".json")));
            } else {
                has_component |= guide.has(&path(".yaml"));
            }
        }
    }
    if has_component && let Some((_, first)) = own.first() {
        let namespace = &first.planned.namespace;
        lines.push(format!(
            "# Name {} under `components` of your kustomization, and apply that as you do.",
            word(&format!("{time}/namespaces/{namespace}"))
        ));
    }
    for name in files {
        let below = format!("{time}/files/{}", relative(name));
        let is_source = time == PARALLEL && guide.settings.is_in_place;
        if is_source {
            lines.push(format!("kubectl apply --filename {}  # from where you ran wispctl", word(name)));
        } else if guide.has(&below) {
            lines.push(format!("kubectl apply --filename {}", word(&below)));
        }
    }
    lines
}

fn patch(moved: &Moved<'_>, kind: &str, path: &str) -> String {
    if moved.is_immutable() {
        let name = moved.planned.display();
        return format!("# {}: make it anew from its source, as {} says", name.escape_debug(), word(path));
    }
    format!(
        "kubectl patch {} --namespace {} --type {kind} --patch-file {}",
        word(&moved.resource()),
        word(&moved.planned.namespace),
        word(path)
    )
}

/// How pods follow.
pub(super) fn rollouts(own: &Own<'_>) -> Vec<String> {
    let rolled_out = own
        .iter()
        .filter(|(_, moved)| moved.is_rolled_out())
        .map(|(_, moved)| {
            format!(
                "kubectl rollout status {} --namespace {} --timeout 10m",
                word(&moved.resource()),
                word(&moved.planned.namespace)
            )
        });
    let kept = own
        .iter()
        .filter(|(_, moved)| moved.keeps_pods())
        .map(|(_, moved)| {
            format!(
                "# {}: its kind never replaces pods: delete them, one after the other, so that new ones are made",
                moved.planned.display()
            )
        });
    rolled_out.chain(kept).collect()
}
