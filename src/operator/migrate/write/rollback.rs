//! The script for the way back, and what it applies.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::{
    File, Unwritten,
    cleanup::selector_of,
    moved::Moved,
    scripts::{block, call},
};
use crate::operator::{
    manifest::render::object,
    migrate::{
        inventory::{Inventory, KeptObject, model::Manager},
        plan::{IDENTITY, Plan, is_possible},
    },
    workload::Which,
};

const HEAD: &str = include_str!("rollback.sh");
/// The group of the objects of pod-managed identity, as kinds are named by it.
const KINDS: [&str; 3] = ["AzureIdentity", "AzureIdentityBinding", "AzurePodIdentityException"];
const OBJECTS: &str = "rollback/pod-identity.yaml";

/// The files. `backs` are the merges that give back what was changed beside wisp, by the indices of workloads.
pub(super) fn files(
    moved: &[Moved<'_>],
    backs: &BTreeMap<usize, Value>,
    objects: &[KeptObject],
    (plan, inventory): (&Plan, &Inventory),
    which: &Which,
) -> Vec<File> {
    let mut files = Vec::new();
    let mut text = HEAD.to_owned();
    if let Some(file) = pod_identity(objects) {
        let _ = write!(
            text,
            "\n# What the clean-up removed.\nkubectl apply --filename \"$here/{OBJECTS}\" >&2\n"
        );
        files.push(file);
    }
    for stage in plan.stages.iter().rev() {
        let own: Vec<_> = moved
            .iter()
            .enumerate()
            .filter(|(_, moved)| moved.planned.namespace == stage.namespace)
            .collect();
        let mut calls: String = add_on(plan, inventory, stage.number);
        for (index, moved) in &own {
            calls.push_str(&one(moved, backs.get(index), which, &mut files));
        }
        for (index, moved) in &own {
            if backs.contains_key(index) && moved.is_rolled_out() {
                calls.push_str(&call("rolled_out", &[&moved.planned.namespace, &moved.resource()]));
            }
        }
        text.push_str(&block(&stage.namespace, &calls));
    }
    text.push_str("\nexit \"$wrong\"\n");
    files.push(File::script("rollback.sh".to_owned(), text));
    files
}

/// The calls for one workload; its patch goes into `files`.
fn one(moved: &Moved<'_>, back: Option<&Value>, which: &Which, files: &mut Vec<File>) -> String {
    let name = moved.planned.display();
    let Some(back) = back.filter(|_| !moved.is_immutable()) else {
        let text = format!("{name}: make it anew from its source as it was");
        return call("by_hand", &[&text]);
    };
    let namespace = &moved.planned.namespace;
    let path = format!("rollback/{namespace}/{}.yaml", moved.file_name());
    files.push(File::new(path.clone(), object(back)));
    let resource = moved.resource();
    let mut words = vec![namespace.as_str(), &resource, &path];
    let flags: Vec<_> = which
        .custom
        .iter()
        .filter(|custom| custom.is_for(&moved.planned.kind))
        .map(|custom| format!("--path={custom}"))
        .collect();
    if moved.options.is_some() {
        words.push("uninject");
        words.extend(flags.iter().map(String::as_str));
    }
    let mut calls = call("workload", &words);
    if moved.keeps_pods() {
        let text = format!("{name}: its kind never replaces pods: delete them, so that new ones are made");
        calls.push_str(&call("by_hand", &[&text]));
    }
    calls
}

/// What of pod-managed identity can be made anew by nobody.
pub(super) fn left_out(objects: &[KeptObject]) -> impl Iterator<Item = Unwritten> {
    let meant = objects
        .iter()
        .filter(|object| is_of_pod_identity(object) && !is_possible(&object.namespace, &object.name));
    meant.map(|object| Unwritten {
        about: format!("{} of {}", object.kind, object.origin),
        reason: "no cluster has an object of its name and namespace; render or rename it, and write again"
            .to_owned(),
    })
}

fn is_of_pod_identity(object: &KeptObject) -> bool {
    let kind = object.kind.split('.').next().unwrap_or_default();
    KINDS.contains(&kind) && object.kind.ends_with(".aadpodidentity.k8s.io")
}

/// What of pod-managed identity is not the add-on's, to be made anew.
fn pod_identity(objects: &[KeptObject]) -> Option<File> {
    let meant = objects
        .iter()
        .filter(|object| is_of_pod_identity(object) && is_possible(&object.namespace, &object.name));
    let mut all: Vec<_> = meant.collect();
    let key = |kept: &&KeptObject| (kept.kind.clone(), kept.namespace.clone(), kept.name.clone());
    all.sort_by_key(key);
    // The first counts, as in the inventory.
    all.dedup_by_key(|kept| key(kept));
    let documents: Vec<_> = all.into_iter().map(|kept| object(&kept.value)).collect();
    (!documents.is_empty()).then(|| File::new(OBJECTS.to_owned(), documents.join("---\n")))
}

/// The calls that have the add-on make its identities anew.
fn add_on(plan: &Plan, inventory: &Inventory, stage: usize) -> String {
    let removals = plan.cleanup.removals.iter();
    let own = removals.filter(|removal| {
        removal.stage == stage && removal.kind == IDENTITY && removal.managed_by == Manager::AddOn
    });
    own.filter_map(|removal| {
        let identity = inventory
            .identities
            .iter()
            .find(|one| one.namespace == removal.namespace && one.name == removal.name)?;
        let label = selector_of(inventory, &removal.namespace, &removal.name);
        let id = identity.resource_id.as_deref()?;
        Some(call("add_on", &[&removal.namespace, &removal.name, &label, id]))
    })
    .collect()
}
