//! An API server for tests: objects in memory, with resource versions, rights that can be missing, and answers that never come.

mod answers;
mod faults;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::{Answer, Api, ApiError, Call, Collection, Object, Page};
use crate::clock::UnixTime;

/// What a test makes of an object that is created: how it is then, or the status that it is refused with.
type Made = Box<dyn FnMut(&Object, &Value) -> Result<Value, u16> + Send>;

/// What becomes of an object that somebody else changes; none where it is deleted.
pub(crate) type Overtaking = fn(Value) -> Option<Value>;

/// The cluster's time when a test begins.
pub(crate) const EPOCH: u64 = 1_767_225_600;

/// A fake that its clones share.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<State>>);

/// See [`Fake::control`].
pub(crate) type Controller = fn(&str, &mut Value);

struct State {
    objects: BTreeMap<String, Value>,
    version: u64,
    /// Verb and kind that are refused.
    forbidden: BTreeSet<(&'static str, &'static str)>,
    /// Kinds that are not installed.
    absent: BTreeSet<&'static str>,
    hangs: bool,
    /// Lists alone are not answered.
    hangs_lists: bool,
    /// So many lists are answered, and then the server is gone.
    lists_left: Option<usize>,
    /// So many calls and lists are answered, and then the server is gone.
    answers_left: Option<usize>,
    /// The kinds of which changes are refused, with the status and the message.
    refusals: BTreeMap<&'static str, (u16, &'static str)>,
    /// The call after those is made, and its answer is lost.
    loses_last: bool,
    /// See [`Fake::overtake`].
    overtaking: Option<Overtaking>,
    /// So many calls are answered with this status first, and with a pause of so many seconds.
    call_failures: (usize, u16, u64),
    /// What a controller does with objects that are written.
    controller: Option<Controller>,
    /// So many lists are answered with this status first.
    failures: (usize, u16),
    /// Before the next write, somebody else writes: so often.
    conflicts: usize,
    /// What becomes of objects of a kind that are created.
    made: BTreeMap<&'static str, Made>,
    /// Texts by their paths, or the status in their stead.
    texts: BTreeMap<String, Result<String, u16>>,
    log: Vec<String>,
    start: Instant,
    step: i64,
}

impl Fake {
    /// An empty cluster.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            objects: BTreeMap::new(),
            version: 0,
            forbidden: BTreeSet::new(),
            absent: BTreeSet::new(),
            hangs: false,
            hangs_lists: false,
            lists_left: None,
            answers_left: None,
            loses_last: false,
            call_failures: (0, 0, 0),
            refusals: BTreeMap::new(),
            controller: None,
            overtaking: None,
            failures: (0, 0),
            conflicts: 0,
            made: BTreeMap::new(),
            texts: BTreeMap::new(),
            log: Vec::new(),
            start: Instant::now(),
            step: 0,
        })))
    }

    /// Puts an object there as it is.
    pub(crate) fn put(&self, object: &Object, value: Value) {
        self.0.lock().store(&object.path(), value);
    }

    /// Puts an object at a path of the API.
    pub(crate) fn put_at(&self, path: &str, value: Value) {
        self.0.lock().store(path, value);
    }

    /// Puts an object into a collection.
    pub(crate) fn put_into(&self, collection: &Collection, name: &str, value: Value) {
        let path = format!("{}/{name}", collection.path());
        self.0.lock().store(&path, value);
    }

    /// Has `made` say what becomes of objects of the kind `resource` that are created from now on.
    pub(crate) fn when_created(
        &self,
        resource: &'static str,
        made: impl FnMut(&Object, &Value) -> Result<Value, u16> + Send + 'static,
    ) {
        self.0.lock().made.insert(resource, Box::new(made));
    }

    /// Has this text, or this status in its stead.
    pub(crate) fn put_text(&self, object: &Object, text: Result<&str, u16>) {
        let text = text.map(str::to_owned);
        self.0.lock().texts.insert(object.path(), text);
    }

    /// The object.
    pub(crate) fn get(&self, object: &Object) -> Option<Value> {
        self.0.lock().objects.get(&object.path()).cloned()
    }

    /// Takes the object away.
    pub(crate) fn delete(&self, object: &Object) {
        self.0.lock().objects.remove(&object.path());
    }

    /// Has `controller` see each object that is written, with its path, before it is stored.
    pub(crate) fn control(&self, controller: Controller) {
        self.0.lock().controller = Some(controller);
    }

    /// All objects by their paths.
    pub(crate) fn objects(&self) -> BTreeMap<String, Value> {
        self.0.lock().objects.clone()
    }

    /// Steps the API server's clock by so many seconds.
    pub(crate) fn step_clock(&self, seconds: i64) {
        self.0.lock().step += seconds;
    }

    /// The API server's time.
    pub(crate) fn now(&self) -> UnixTime {
        self.0.lock().now()
    }

    /// What was called since this was asked last, a line each.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().log)
    }

    /// How many of those write.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.calls()
            .into_iter()
            .filter(|call| !call.starts_with("get ") && !call.starts_with("list "))
            .collect()
    }
}

impl State {
    fn now(&self) -> UnixTime {
        let elapsed = i64::try_from(self.start.elapsed().as_secs()).unwrap();
        UnixTime::from_secs(EPOCH.checked_add_signed(elapsed + self.step).unwrap())
    }

    fn store(&mut self, path: &str, mut value: Value) -> Value {
        self.version += 1;
        if let Some(controller) = self.controller {
            controller(path, &mut value);
        }
        value["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.objects.insert(path.to_owned(), value.clone());
        value
    }
}

impl Fake {
    /// After as long as a real one takes, unless it hangs.
    async fn delay(&self) {
        if self.0.lock().hangs {
            pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

impl Api for Fake {
    async fn call(&self, call: Call<'_>) -> Result<Answer, ApiError> {
        let answer = async {
            self.delay().await;
            let mut state = self.0.lock();
            let is_lost = state.loses_last && state.answers_left == Some(0);
            if is_lost {
                (state.loses_last, state.answers_left) = (false, Some(1));
                drop(state.answer(call));
                return Err(answers::gone());
            }
            state.answer(call)
        };
        timeout(call.timeout, answer)
            .await
            .unwrap_or_else(|_| Err(ApiError::timed_out(call)))
    }

    async fn text(&self, call: Call<'_>) -> Result<String, ApiError> {
        let answer = async {
            self.delay().await;
            self.0.lock().text(call)
        };
        timeout(call.timeout, answer)
            .await
            .unwrap_or_else(|_| Err(ApiError::timed_out(call)))
    }

    async fn list(&self, page: Page<'_>) -> Result<Answer, ApiError> {
        let answer = async {
            if self.0.lock().hangs_lists {
                pending::<()>().await;
            }
            self.delay().await;
            self.0.lock().page(page)
        };
        timeout(page.timeout, answer)
            .await
            .unwrap_or_else(|_| Err(ApiError::page_timed_out(page)))
    }
}
