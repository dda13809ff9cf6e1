//! A workload as it is in the cluster, and what state that shows.

use serde_json::Value;

use super::{
    State,
    calls::Calls,
    record::Entry,
    rollout::is_finished,
    steps::Direction,
    template::{Marks, has_wisp, location},
};
use crate::operator::{
    cluster::{Api, ApiError, Collection, Object, each_object},
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
    /// Whether nobody knows if that is there.
    pub is_account_unread: bool,
    /// Why nothing can be seen of it.
    pub hidden: Option<String>,
    /// Its newest pod, where that is all that can be seen.
    pub pod: Option<Value>,
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

    /// Its namespace.
    pub(super) fn namespace(&self) -> &str {
        let namespace = self
            .read
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        namespace.unwrap_or_default()
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
    let mut seen = Seen { live: None, account: None, is_account_unread: false, hidden: None, pod: None };
    match calls
        .get(&Object::service_account(namespace, &entry.target.account))
        .await
    {
        Ok(account) => seen.account = account,
        Err(ApiError::NotRead(_)) => seen.is_account_unread = true,
        Err(error) => return Err(error),
    }
    let collections = collections(&entry.kind, namespace);
    if collections.is_empty() {
        seen.hidden = Some(format!(
            "nobody here knows where objects of kind {} are served: change it as the plan says, and run this again, which looks at its pods",
            entry.kind
        ));
        seen.pod = newest_pod(calls.api, namespace, entry).await?;
    }
    for collection in collections {
        let object = collection.object(&entry.name);
        let found = match calls.get(&object).await {
            Err(error @ ApiError::NotRead(_)) => {
                seen.hidden = Some(error.to_string());
                continue;
            }
            found => found?,
        };
        let Some(mut read) = found else { continue };
        seen.hidden = None;
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

/// The newest pod of `entry` that has not ended.
async fn newest_pod<A: Api>(api: &A, namespace: &str, entry: &Entry) -> Result<Option<Value>, ApiError> {
    let collection = Collection::at("api/v1", "pods", "Pod", Some(namespace));
    let made = |pod: &Value| {
        let at = pod
            .pointer("/metadata/creationTimestamp")
            .and_then(Value::as_str);
        at.unwrap_or_default().to_owned()
    };
    let mut newest: Option<Value> = None;
    each_object(api, &collection, |pod| {
        let owners = pod
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array);
        let is_owned = owners
            .into_iter()
            .flatten()
            .any(|owner| owner["kind"] == kind(entry) && owner["name"] == entry.name.as_str());
        if is_owned
            && !is_finished("Pod", &pod)
            && newest
                .as_ref()
                .is_none_or(|known| made(known) <= made(&pod))
        {
            newest = Some(pod);
        }
    })
    .await?;
    Ok(newest)
}

impl Seen {
    /// What its template shows, or else its newest pod.
    pub(super) fn marks(&self) -> Option<Marks> {
        let of_pod = || self.pod.as_ref().map(Marks::of);
        self.live.as_ref().map(Live::marks).or_else(of_pod)
    }

    /// Whether others have done a step of it that nobody can do here.
    pub(super) fn is_done_by_others(&self, entry: &Entry, direction: Direction) -> bool {
        self.pod.is_some()
            && match direction {
                Direction::There(to) => self.state(entry) >= to,
                Direction::Back(to) => self.state(entry) <= to,
            }
    }

    /// The state that it shows.
    pub(super) fn state(&self, entry: &Entry) -> State {
        if !self.is_prepared(entry) {
            return State::NotStarted;
        }
        let is_finished = |live: &Live| is_finished(kind(entry), &live.read);
        if self.live.as_ref().is_some_and(is_finished) {
            // What has ended asks for no tokens any more.
            return State::CutOver;
        }
        // What nobody can look at is as it is recorded.
        let least = if self.is_account_unread { entry.state.min(State::Prepared) } else { State::Prepared };
        let Some(marks) = self.marks() else {
            // Of what shows nothing at the moment, what is recorded counts.
            let is_hidden = self.hidden.is_some();
            return if is_hidden { entry.state.max(least) } else { least };
        };
        // The webhook and policies write the record of an injection into pods.
        let is_without = self.pod.is_some() && marks.injected.is_none() && entry.target.road.has_wisp();
        if is_without || !has_wisp(&marks, &entry.target) {
            least
        } else if marks.label.is_some() && entry.target.road != Road::Adopt {
            State::Parallel
        } else {
            State::CutOver
        }
    }

    /// Whether its service account names its identity.
    fn is_prepared(&self, entry: &Entry) -> bool {
        let Some(account) = &self.account else { return self.is_account_unread };
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
