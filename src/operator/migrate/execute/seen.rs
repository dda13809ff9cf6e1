//! A workload as it is in the cluster, and what state that shows.

use serde_json::Value;

use super::{
    State,
    calls::Calls,
    record::Entry,
    rollout::is_finished,
    template::{Marks, has_wisp, location},
};
use crate::operator::{
    cluster::{Api, ApiError, Object},
    migrate::{inventory::collections, plan::Road},
    workload::Which,
};

/// The annotations of a service account that name an identity.
pub(super) const CLIENT_ID: &str = "azure.workload.identity/client-id";
pub(super) const TENANT_ID: &str = "azure.workload.identity/tenant-id";

/// A workload as it is.
pub(super) struct Seen {
    /// It, where it is there: where it is served, and what was read.
    pub live: Option<Live>,
    /// Its service account afterwards, where that is there.
    pub account: Option<Value>,
    /// Why nothing can be seen of it.
    pub hidden: Option<String>,
}

/// An object with a pod template.
#[derive(Clone)]
pub(super) struct Live {
    pub object: Object,
    pub read: Value,
    /// Where the template is, as a JSON Pointer.
    pub location: String,
}

impl Live {
    /// Its pod template.
    pub(super) fn template(&self) -> &Value {
        self.read.pointer(&self.location).unwrap_or(&Value::Null)
    }

    /// What its template shows.
    pub(super) fn marks(&self) -> Marks {
        Marks::of(self.template())
    }
}

/// Reads what there is of `entry` in `namespace`.
pub(super) async fn see<A: Api>(
    calls: Calls<'_, A>,
    namespace: &str,
    entry: &Entry,
    which: &Which,
) -> Result<Seen, ApiError> {
    let mut seen = Seen { live: None, account: None, hidden: None };
    let account = Object::service_account(namespace, &entry.target.account);
    seen.account = calls.get(&account).await?;
    let collections = collections(&entry.kind, namespace);
    if collections.is_empty() {
        seen.hidden = Some(format!("nobody here knows where objects of kind {} are served", entry.kind));
    }
    for collection in collections {
        let object = collection.object(&entry.name);
        let Some(mut read) = calls.get(&object).await? else { continue };
        // Single objects have them already; lists of a fake need not.
        if let Value::Object(map) = &mut read {
            map.entry("kind")
                .or_insert_with(|| collection.kind().into());
            map.entry("apiVersion")
                .or_insert_with(|| collection.api_version().into());
        }
        match location(&read, entry, which) {
            Ok(location) => seen.live = Some(Live { object, read, location }),
            Err(reason) => seen.hidden = Some(reason),
        }
        break;
    }
    Ok(seen)
}

impl Seen {
    /// The state that it shows.
    pub(super) fn state(&self, entry: &Entry) -> State {
        if !self.is_prepared(entry) {
            return State::NotStarted;
        }
        let Some(live) = &self.live else { return State::Prepared };
        if is_finished(kind(entry), &live.read) {
            // What has ended asks for no tokens any more.
            return State::CutOver;
        }
        let marks = live.marks();
        if !has_wisp(&marks, &entry.target) {
            State::Prepared
        } else if marks.label.is_some() && entry.target.road != Road::Adopt {
            State::Parallel
        } else {
            State::CutOver
        }
    }

    /// Whether its service account names its identity.
    fn is_prepared(&self, entry: &Entry) -> bool {
        let Some(account) = &self.account else { return false };
        entry.target.road == Road::Adopt
            || annotations(entry)
                .iter()
                .all(|(key, value)| annotation(account, key) == Some(value))
    }
}

/// The annotations that the service account of `entry` has to have.
pub(super) fn annotations(entry: &Entry) -> Vec<(&'static str, &str)> {
    let target = &entry.target;
    let all = [(CLIENT_ID, target.client_id.as_deref()), (TENANT_ID, target.tenant_id.as_deref())];
    all.into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

/// An annotation of an object.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// The kind of `entry` without its group.
pub(super) fn kind(entry: &Entry) -> &str {
    entry.kind.split('.').next().unwrap_or_default()
}
