//! Kinds by the place where they have their pods.

use std::fmt;

use serde_json::{Value, json};

use super::Selector;
use crate::operator::{manifest::render, workload::KINDS};

/// Kustomize does not follow the names of ConfigMaps into this kind, whose pods would look for one that is not there.
const LEFT_OUT: &str = "ReplicationController";

/// Kinds that have their pods at the same place.
pub(super) struct WorkloadGroup {
    /// API group and kind.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// The way to the pod.
    pub path: &'static [&'static str],
}

/// All kinds of workloads.
pub(super) fn workload_groups() -> Vec<WorkloadGroup> {
    let mut workload_groups: Vec<WorkloadGroup> = Vec::new();
    for (kind, groups, path) in KINDS.iter().filter(|(kind, ..)| *kind != LEFT_OUT) {
        // The first group is the current one.
        let kind = (groups.first().copied().unwrap_or_default(), *kind);
        match workload_groups
            .iter_mut()
            .find(|workload_group| workload_group.path == *path)
        {
            Some(workload_group) => workload_group.kinds.push(kind),
            None => workload_groups.push(WorkloadGroup { kinds: vec![kind], path }),
        }
    }
    workload_groups
}

impl WorkloadGroup {
    /// What a patch selects: all kinds at once, as regular expressions that Kustomize anchors.
    pub(super) fn target(&self, selector: &Selector) -> Target {
        let mut groups: Vec<_> = self.kinds.iter().map(|(group, _)| *group).collect();
        groups.sort_unstable();
        groups.dedup();
        let kinds: Vec<_> = self.kinds.iter().map(|(_, kind)| *kind).collect();
        workloads(&groups.join("|"), &kinds.join("|"), selector)
    }

    /// What replacements select, which know one kind at a time.
    pub(super) fn targets(&self, selector: &Selector) -> impl Iterator<Item = Target> {
        self.kinds
            .iter()
            .map(|(group, kind)| workloads(group, kind, selector))
    }

    /// An object with `pod` where this kind has it. Kustomize keeps the kind and the name of what it patches.
    pub(super) fn object(&self, pod: &Value) -> Value {
        let mut object = self
            .path
            .iter()
            .rev()
            .fold(pod.clone(), |inner, key| json!({ *key: inner }));
        let (group, kind) = self.kinds.first().copied().unwrap_or_default();
        let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".to_owned(), version.into());
            map.insert("kind".to_owned(), kind.into());
            let metadata = map.entry("metadata").or_insert_with(|| json!({}));
            if let Some(metadata) = metadata.as_object_mut() {
                metadata.insert("name".to_owned(), "any".into());
            }
        }
        object
    }
}

/// The core group has no name, and its version is told instead: other groups have a `Pod` as well.
fn workloads(group: &str, kind: &str, selector: &Selector) -> Target {
    let location = if group.is_empty() { ("version", "v1") } else { ("group", group) };
    let labels = selector.get().map(|labels| ("labelSelector", labels));
    let parts = [location, ("kind", kind)].into_iter().chain(labels);
    Target(parts.map(|(key, value)| (key, value.to_owned())).collect())
}

/// What is selected, by keys of Kustomize.
pub(super) struct Target(pub Vec<(&'static str, String)>);

impl fmt::Display for Target {
    /// In one line of YAML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self
            .0
            .iter()
            .map(|(key, value)| format!("{key}: {}", render::scalar(value)));
        write!(f, "{{{}}}", parts.collect::<Vec<_>>().join(", "))
    }
}
