//! The objects of pod-managed identity in the cluster, listed in pages and kept for seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    sync::{OnceCell, Semaphore},
    time::{Instant, timeout},
};

use crate::operator::{
    cluster::{Api, ApiError, Collection, Page, next},
    pod_identity::{Kind, Objects},
};

/// How long a listing is used. A change of a binding may take so long to count.
const FRESH: Duration = Duration::from_secs(5);
/// How long one is used that has nothing for a pod: its binding may just have been written, and some pods are made only once.
const FRESH_EMPTY: Duration = Duration::from_millis(300);
/// How long an error is, so that those who wait for one listing do not each try anew, one after the other.
const FRESH_ERROR: Duration = Duration::from_secs(1);
/// How long a listing may take. With namespace and service account that still fits the time that an API server gives a webhook.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The most objects of a kind that are read. The add-on of AKS takes 200.
const MOST: usize = 10_000;
/// The most objects that are kept of all listings together.
const MOST_KEPT: usize = 3 * MOST;
/// The most listings that are kept: of one namespace each, where they are.
const MOST_LISTINGS: usize = 1000;
/// So many objects are asked for at once, and fewer where these are too large to be read.
const PAGE: usize = 250;
/// So many pages are read at once; others wait, so that memory has a bound.
const PAGES: usize = 2;

/// What is listed, in the API server's words.
type Answer = Result<Arc<Objects>, ListError>;

/// Lists objects.
pub(crate) struct Listing<A> {
    api: Arc<A>,
    pages: Semaphore,
    known: Mutex<HashMap<Option<String>, Entry>>,
}

/// One listing, on its way or here. All who need it meanwhile share it, and its error too.
#[derive(Clone)]
struct Entry {
    since: Instant,
    answer: Arc<OnceCell<Answer>>,
}

/// Why there are no objects.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ListError {
    /// The cluster does not have the kind.
    #[error("the cluster has no {resource}.aadpodidentity.k8s.io: pod-managed identity is not installed")]
    Absent {
        /// The kind in the plural.
        resource: &'static str,
    },
    /// There are more of them than are read.
    #[error(
        "there are more than {MOST} {resource}.aadpodidentity.k8s.io, and no more are read; delete those that nobody uses, or match within \
         namespaces alone (`--adopt-pod-identity=namespaced`)"
    )]
    TooMany {
        /// The kind in the plural.
        resource: &'static str,
    },
    /// It took too long.
    #[error(
        "the API server did not list the objects of aadpodidentity.k8s.io within {} s; check the network between this process and it",
        TIMEOUT.as_secs()
    )]
    TimedOut,
    /// The API server has another reason.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl<A: Api> Listing<A> {
    /// Asks `api`.
    pub(crate) fn new(api: Arc<A>) -> Self {
        Self { api, pages: Semaphore::new(PAGES), known: Mutex::default() }
    }

    /// The objects of `namespace`, or of all; as they were moments ago if they are to be `recent`.
    pub(crate) async fn get(&self, namespace: Option<&str>, recent: bool) -> Answer {
        let entry = self.entry(namespace, if recent { FRESH_EMPTY } else { FRESH });
        let listed = entry.answer.get_or_init(|| async {
            timeout(TIMEOUT, self.objects(namespace))
                .await
                .unwrap_or(Err(ListError::TimedOut))
                .map(Arc::new)
        });
        listed.await.clone()
    }

    fn entry(&self, namespace: Option<&str>, fresh: Duration) -> Entry {
        let key = namespace.map(str::to_owned);
        let mut known = self.known.lock();
        if let Some(entry) = known.get(&key).filter(|entry| entry.is_fresh(fresh)) {
            return entry.clone();
        }
        known.retain(|_, entry| entry.is_fresh(FRESH));
        let kept: usize = known.values().map(Entry::count).sum();
        if kept >= MOST_KEPT || known.len() >= MOST_LISTINGS {
            known.clear();
        }
        let entry = Entry { since: Instant::now(), answer: Arc::default() };
        known.insert(key, entry.clone());
        entry
    }

    async fn objects(&self, namespace: Option<&str>) -> Result<Objects, ListError> {
        let mut objects = Objects::default();
        for kind in Kind::ALL {
            match self.read(kind, namespace, &mut objects).await {
                // Earlier versions have none.
                Err(ListError::Absent { .. }) if kind == Kind::Exception => {}
                result => result?,
            }
        }
        Ok(objects)
    }

    /// Takes all objects of a kind into `objects`.
    async fn read(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        objects: &mut Objects,
    ) -> Result<(), ListError> {
        let collection = match kind {
            Kind::Identity => Collection::azure_identities(namespace),
            Kind::Binding => Collection::azure_identity_bindings(namespace),
            Kind::Exception => Collection::azure_pod_identity_exceptions(namespace),
        };
        let resource = collection.resource();
        let most = objects.count() + MOST;
        let mut after: Option<String> = None;
        let mut limit = PAGE;
        loop {
            // An error would mean that it was closed, and nobody does that.
            let _permit = self.pages.acquire().await;
            let page = Page { collection: &collection, limit, after: after.as_deref(), timeout: TIMEOUT };
            let list = match self.api.list(page).await {
                Ok(answer) => answer.object,
                Err(ApiError::NotFound(_)) => return Err(ListError::Absent { resource }),
                // One object always fits: etcd takes none that is half as large.
                Err(ApiError::TooLarge { .. }) if limit > 1 => {
                    limit = (limit / 8).max(1);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let items = list.get("items").and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                objects.add(kind, item, namespace.unwrap_or_default());
            }
            if objects.count() > most {
                return Err(ListError::TooMany { resource });
            }
            // A few large ones must not slow down all that come after them.
            limit = (limit * 4).min(PAGE);
            after = next(&list);
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

impl Entry {
    /// Whether it is used for so long, or is on its way.
    fn is_fresh(&self, fresh: Duration) -> bool {
        let fresh = match self.answer.get() {
            Some(Err(_)) => FRESH_ERROR,
            Some(Ok(_)) => fresh,
            None => FRESH,
        };
        self.since.elapsed() < fresh
    }

    fn count(&self) -> usize {
        match self.answer.get() {
            Some(Ok(objects)) => objects.count(),
            _ => 0,
        }
    }
}
