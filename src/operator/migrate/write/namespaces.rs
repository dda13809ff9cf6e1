//! The files of workloads whose source is not among what was read: a Kustomize component for each namespace and time.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::{File, moved::Moved, patches::Change};
use crate::operator::manifest::render::{self, scalar};

/// How a component patches an object.
enum Patch {
    /// By what the patch itself names.
    Merge(String),
    /// As a JSON Patch, which names no object.
    Json(String, Target),
}

struct Target {
    kind: String,
    group: String,
    name: String,
}

/// Collects the files.
#[derive(Default)]
pub(super) struct Namespaces {
    files: Vec<File>,
    components: BTreeMap<(&'static str, String), Vec<Patch>>,
}

/// The folders of the two times.
pub(super) const PARALLEL: &str = "parallel";
pub(super) const CUT_OVER: &str = "cut-over";

impl Namespaces {
    /// Takes in what becomes of a workload.
    pub(super) fn add(&mut self, moved: &Moved<'_>, change: &Change<'_>) {
        let namespace = &moved.planned.namespace;
        let name = moved.file_name();
        if change.is_of_kubernetes() {
            if let Some(patch) = change.parallel() {
                self.merge(PARALLEL, namespace, &name, &patch);
            }
            if let Some(patch) = change.parallel_json().filter(|_| change.object.is_live) {
                self.files
                    .push(json_file(PARALLEL, namespace, &name, &patch));
            }
        } else if let Some(patch) = change.parallel_json() {
            let file = json_file(PARALLEL, namespace, &name, &patch);
            let (kind, group) = moved
                .planned
                .kind
                .split_once('.')
                .unwrap_or((&moved.planned.kind, ""));
            let target =
                Target { kind: kind.to_owned(), group: group.to_owned(), name: moved.planned.name.clone() };
            let key = (PARALLEL, namespace.clone());
            self.components
                .entry(key)
                .or_default()
                .push(Patch::Json(format!("{name}.json"), target));
            self.files.push(file);
        }
        if moved.loses_label()
            && !change.is_selected_by_label()
            && let Some(patch) = change.cut_over()
        {
            self.merge(CUT_OVER, namespace, &name, &patch);
        }
    }

    fn merge(&mut self, time: &'static str, namespace: &str, name: &str, patch: &Value) {
        let path = format!("{time}/namespaces/{namespace}/{name}.yaml");
        self.files.push(File::new(path, render::object(patch)));
        self.components
            .entry((time, namespace.to_owned()))
            .or_default()
            .push(Patch::Merge(format!("{name}.yaml")));
    }

    /// All files, with a `kustomization.yaml` for each folder of patches.
    pub(super) fn finish(mut self) -> Vec<File> {
        for ((time, namespace), patches) in &self.components {
            let path = format!("{time}/namespaces/{namespace}/kustomization.yaml");
            self.files
                .push(File::new(path, kustomization(time, namespace, patches)));
        }
        self.files
    }
}

fn json_file(time: &str, namespace: &str, name: &str, patch: &Value) -> File {
    let lines: Vec<_> = patch
        .as_array()
        .into_iter()
        .flatten()
        .map(render::json)
        .collect();
    File::new(format!("{time}/namespaces/{namespace}/{name}.json"), format!("[\n{}\n]\n", lines.join(",\n")))
}

fn kustomization(time: &str, namespace: &str, patches: &[Patch]) -> String {
    let what = if time == PARALLEL {
        "While both ways give tokens"
    } else {
        "Without the label `aadpodidbinding`, beside what runs in parallel"
    };
    let mut text = format!(
        "# {what}: the workloads of namespace {namespace}. Name this folder under `components` of a kustomization that has them.\n\
         apiVersion: kustomize.config.k8s.io/v1alpha1\n\
         kind: Component\n\
         patches:\n"
    );
    for patch in patches {
        match patch {
            Patch::Merge(file) => {
                let _ = writeln!(text, "- path: {}", scalar(file));
            }
            Patch::Json(file, Target { kind, group, name }) => {
                let _ = writeln!(
                    text,
                    "- path: {}\n  target: {{group: {}, kind: {}, name: {}}}",
                    scalar(file),
                    scalar(group),
                    scalar(kind),
                    scalar(name)
                );
            }
        }
    }
    text
}
