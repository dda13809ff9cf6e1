//! What stands beside a pod in the cluster: its namespace and its service account, each read by one GET and kept for seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{sync::OnceCell, time::Instant};

use crate::operator::cluster::{Api, ApiError, Call, Object, Verb};

/// How long an answer is used. Who changes an annotation and makes a pod right afterwards may wait so long for it to count.
const FRESH: Duration = Duration::from_secs(5);

/// The most answers that are kept.
const MOST: usize = 1000;

/// How long an answer may take. Twice that still fits the time that an API server gives a webhook.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Objects of the cluster, as far as pods are concerned with them.
pub(crate) struct Lookups<A> {
    api: Arc<A>,
    known: Mutex<HashMap<Object, Entry>>,
}

/// The service account of a pod.
#[derive(Clone, Debug)]
pub(crate) enum Account {
    /// Nobody asked for it.
    Unread,
    /// The cluster has none of that name.
    Absent,
    /// It is there.
    Found(Arc<Value>),
}

impl Account {
    /// The object, where it is known.
    pub(crate) fn object(&self) -> Option<&Value> {
        match self {
            Self::Found(object) => Some(object),
            Self::Unread | Self::Absent => None,
        }
    }
}

/// One answer, on its way or here. All who need it meanwhile share it.
#[derive(Clone)]
struct Entry {
    since: Instant,
    answer: Arc<OnceCell<Option<Arc<Value>>>>,
}

impl<A: Api> Lookups<A> {
    /// Asks `api`.
    pub(crate) fn new(api: Arc<A>) -> Self {
        Self { api, known: Mutex::default() }
    }

    /// The object; none when the cluster has none of that name. An error is not kept.
    pub(crate) async fn get(&self, object: &Object) -> Result<Option<Arc<Value>>, ApiError> {
        let entry = self.entry(object);
        let read = entry.answer.get_or_try_init(|| self.read(object));
        read.await.cloned()
    }

    fn entry(&self, object: &Object) -> Entry {
        let mut known = self.known.lock();
        if let Some(entry) = known.get(object)
            && entry.since.elapsed() < FRESH
        {
            return entry.clone();
        }
        if known.len() >= MOST {
            known.retain(|_, entry| entry.since.elapsed() < FRESH);
        }
        // So many in so short a time are kept by nobody's need.
        if known.len() >= MOST {
            known.clear();
        }
        let entry = Entry { since: Instant::now(), answer: Arc::default() };
        known.insert(object.clone(), entry.clone());
        entry
    }

    async fn read(&self, object: &Object) -> Result<Option<Arc<Value>>, ApiError> {
        let call = Call { verb: Verb::Get, object, body: None, timeout: TIMEOUT };
        match self.api.call(call).await {
            Ok(answer) => Ok(Some(Arc::new(beside(answer.object)))),
            Err(ApiError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What is kept of an object: a namespace may have a megabyte of annotations that nobody here reads.
fn beside(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.retain(|key, _| !key.starts_with("kubectl.kubernetes.io/"));
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use tokio::time::advance;

    use super::{FRESH, Lookups, MOST};
    use crate::operator::cluster::{Object, Verb, fake::Fake};

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_at_once_share_one_answer_and_later_ones_ask_anew() {
        let fake = Fake::new();
        let account = Object::service_account("shop", "cart");
        let lookups = Lookups::new(Arc::new(fake.clone()));
        assert_eq!(lookups.get(&account).await, Ok(None));
        fake.put(&account, json!({"metadata": {"name": "cart"}}));
        assert_eq!(lookups.get(&account).await, Ok(None), "for some seconds");
        advance(FRESH).await;
        let (one, two) = tokio::join!(lookups.get(&account), lookups.get(&account));
        assert!(one.is_ok_and(|found| found.is_some()) && two.is_ok_and(|found| found.is_some()));
        assert_eq!(fake.calls().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn errors_are_not_kept_and_numbers_are_bounded() {
        let fake = Fake::new();
        let account = Object::service_account("shop", "cart");
        let lookups = Lookups::new(Arc::new(fake.clone()));
        fake.forbid(Verb::Get, "serviceaccounts", true);
        let error = lookups.get(&account).await.unwrap_err();
        insta::assert_snapshot!(error, @"the API server refuses `get` of ServiceAccount shop/cart; give its service account a ClusterRole that allows `get` on `serviceaccounts`");
        fake.forbid(Verb::Get, "serviceaccounts", false);
        assert_eq!(lookups.get(&account).await, Ok(None));
        for number in 0..2 * MOST {
            let _ = lookups
                .get(&Object::service_account("shop", &number.to_string()))
                .await;
        }
        assert!(lookups.known.lock().len() <= MOST);
    }
}
