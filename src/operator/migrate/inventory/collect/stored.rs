//! What shows how far workloads are moved, for whoever wants to know: their objects, their service accounts, and what is recorded.

use serde_json::{Map, Value};

use super::{Collector, Sort, is_live, kept::LAST_APPLIED};
use crate::operator::migrate::state::MANAGED_BY;

/// What is large and shows nothing of it: the mapping, and the key in it.
const LARGE: [(&str, &str); 2] = [("/metadata", "managedFields"), ("/metadata/annotations", LAST_APPLIED)];

impl Collector {
    /// Stores an `object` with pods that nobody else makes.
    pub(super) fn store_carrier(&mut self, object: &Value) {
        let Some(stored) = &mut self.all.stored else { return };
        let mut object = object.clone();
        for (at, key) in LARGE {
            if let Some(map) = object.pointer_mut(at).and_then(Value::as_object_mut) {
                map.remove(key);
            }
        }
        stored.put(object, &self.namespace);
    }

    /// Stores what of an `object` of the core group counts beside.
    pub(super) fn store_core(&mut self, sort: &Sort<'_>, object: &Value) {
        if !sort.group.is_empty() {
            return;
        }
        let Some(stored) = &mut self.all.stored else { return };
        let label = object
            .pointer("/metadata/labels")
            .and_then(|labels| labels.get(MANAGED_BY.0)?.as_str());
        match sort.kind {
            "ConfigMap" if label == Some(MANAGED_BY.1) => stored.put(object.clone(), &self.namespace),
            // Where those of a namespace were read, what is recorded there was too.
            "ConfigMap" if is_live(object) => stored.put(head(object), &self.namespace),
            "ServiceAccount" => stored.put(head(object), &self.namespace),
            _ => {}
        }
    }
}

/// What `object` is, with its name and annotations.
fn head(object: &Value) -> Value {
    let mut metadata = Map::new();
    for key in ["name", "namespace", "annotations"] {
        if let Some(value) = object
            .get("metadata")
            .and_then(|metadata| metadata.get(key))
        {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    let mut head = Map::new();
    for key in ["apiVersion", "kind"] {
        head.insert(key.to_owned(), object.get(key).cloned().unwrap_or_default());
    }
    head.insert("metadata".to_owned(), metadata.into());
    head.into()
}
