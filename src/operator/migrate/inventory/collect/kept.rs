//! Objects that are kept as they were read, for whoever writes their successors.

use serde_json::Value;

use super::{Collector, ObjectId};
use crate::operator::{edit::Path, migrate::inventory::model::Origin, workload::Custom};

/// An object as it was read, without what only a cluster knows of it.
#[derive(Clone, Debug)]
pub(crate) struct KeptObject {
    /// Its namespace, or the one of the run; empty for none.
    pub namespace: String,
    /// Its kind, with the API group where that is not Kubernetes' own.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: Value,
    /// Whether a cluster wrote it: it has a uid or the like, so it is nobody's source.
    pub is_live: bool,
    /// Its pod templates: what inventories call each where there are several, and the path to it.
    pub templates: Vec<(String, Path)>,
    /// How its templates are found, where its kind is not known.
    pub customs: Vec<Custom>,
    /// Where it was read.
    pub origin: Origin,
}

/// What clusters write into `metadata`, and no file should have.
const OF_CLUSTERS: [&str; 6] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];
/// Any of these shows that a cluster wrote it.
const MARKS: [&str; 2] = ["uid", "resourceVersion"];
/// What `kubectl apply` notes, which is the whole object once more.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Collector {
    /// Keeps `object`, if objects are kept.
    pub(super) fn keep(
        &mut self,
        id: &ObjectId,
        object: &Value,
        templates: Vec<(String, Path)>,
        customs: Vec<Custom>,
        origin: &Origin,
    ) {
        let Some(kept) = &mut self.all.kept else { return };
        let (value, is_live) = without_marks(object);
        kept.push(KeptObject {
            namespace: id.namespace.clone(),
            kind: id.kind_name(),
            name: id.name.clone(),
            value,
            is_live,
            templates,
            customs,
            origin: origin.clone(),
        });
    }
}

/// Whether a cluster wrote `object`.
pub(crate) fn is_live(object: &Value) -> bool {
    let metadata = object.get("metadata");
    let has = |mark: &&str| metadata.is_some_and(|all| all.get(*mark).is_some_and(|value| value != ""));
    object.get("status").is_some() || MARKS.iter().any(has)
}

/// `object` without what a cluster wrote, and whether one did.
fn without_marks(object: &Value) -> (Value, bool) {
    let mut value = object.clone();
    if let Some(map) = value.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in OF_CLUSTERS {
            metadata.remove(key);
        }
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove(LAST_APPLIED);
        }
    }
    (value, is_live(object))
}
