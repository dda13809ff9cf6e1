//! Documents as surroundings of pods.

use serde_json::{Map, Value};

use super::{
    ConfigMap, Found, Labels, LimitRange, Quota, SecretKeys, ServiceAccount, Surroundings,
    outdated::{self, outdated},
};

/// The deepest lists of lists looked into.
const MAX_LISTS: usize = 4;

/// A kind that says something about pods, and how it is taken in.
struct Kind {
    name: &'static str,
    take: fn(&mut Surroundings, &Value, usize),
}

/// All of them belong to the core group.
const KINDS: &[Kind] = &[
    Kind {
        name: "ServiceAccount",
        take: |all, object, source| put(&mut all.service_accounts, object, source, account),
    },
    Kind {
        name: "Namespace",
        take: |all, object, source| {
            put(&mut all.namespaces, object, source, |o| texts(o, "/metadata/labels"));
        },
    },
    Kind {
        name: "ConfigMap",
        take: |all, object, source| put(&mut all.config_maps, object, source, config_map),
    },
    Kind { name: "Secret", take: |all, object, source| put(&mut all.secrets, object, source, secret_keys) },
    Kind {
        name: "LimitRange",
        take: |all, object, source| put(&mut all.limit_ranges, object, source, limit_range),
    },
    Kind { name: "ResourceQuota", take: |all, object, source| put(&mut all.quotas, object, source, quota) },
];

impl Surroundings {
    /// Whether a document may be one of those that [`Self::add`] takes; cheap, so that others need not be read twice.
    pub(crate) fn may_take(text: &str) -> bool {
        text.contains("List") || outdated::may_be(text) || KINDS.iter().any(|kind| text.contains(kind.name))
    }

    /// Takes in what `document` says about pods, if anything. `source` is the number of its file in the run.
    pub(crate) fn add(&mut self, document: &Value, source: usize) {
        self.add_within(document, source, 0);
    }

    fn add_within(&mut self, object: &Value, source: usize, lists: usize) {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = text("kind");
        if kind.ends_with("List")
            && lists < MAX_LISTS
            && let Some(items) = object.get("items").and_then(Value::as_array)
        {
            for item in items {
                self.add_within(item, source, lists + 1);
            }
            return;
        }
        if let Some(old) = outdated(object)
            && self
                .outdated
                .as_ref()
                .is_none_or(|known| old.last < known.last)
        {
            self.outdated = Some(old);
        }
        if text("apiVersion") == "v1"
            && let Some(known) = KINDS.iter().find(|known| known.name == kind)
        {
            (known.take)(self, object, source);
        }
    }
}

fn put<T>(all: &mut Vec<Found<T>>, object: &Value, source: usize, read: impl Fn(&Value) -> T) {
    let metadata = |key: &str| {
        object
            .get("metadata")?
            .get(key)?
            .as_str()
            .map(str::to_owned)
    };
    // What has no name yet cannot be meant by anybody.
    let Some(name) = metadata("name") else { return };
    all.push(Found { source, namespace: metadata("namespace"), name, is: read(object) });
}

fn account(object: &Value) -> ServiceAccount {
    ServiceAccount {
        annotations: texts(object, "/metadata/annotations"),
        labels: texts(object, "/metadata/labels"),
    }
}

fn config_map(object: &Value) -> ConfigMap {
    let binary = map(object, "/binaryData").into_iter().flat_map(Map::keys);
    ConfigMap { data: texts(object, "/data"), binary: binary.cloned().collect() }
}

fn secret_keys(object: &Value) -> SecretKeys {
    let keys = ["/data", "/stringData"]
        .into_iter()
        .filter_map(|at| map(object, at));
    SecretKeys { keys: keys.flat_map(Map::keys).cloned().collect() }
}

fn limit_range(object: &Value) -> LimitRange {
    let limits = object.pointer("/spec/limits").and_then(Value::as_array);
    LimitRange { limits: limits.cloned().unwrap_or_default() }
}

fn quota(object: &Value) -> Quota {
    let hard = map(object, "/spec/hard");
    Quota { hard: hard.into_iter().flat_map(Map::keys).cloned().collect() }
}

/// The entries at `at` that are texts, as Kubernetes demands of them.
fn texts(object: &Value, at: &str) -> Labels {
    let entries = map(object, at).into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn map<'a>(object: &'a Value, at: &str) -> Option<&'a Map<String, Value>> {
    object.pointer(at)?.as_object()
}
