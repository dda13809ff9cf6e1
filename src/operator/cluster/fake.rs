//! An API server for tests: objects in memory, with resource versions, rights that can be missing, and answers that never come.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::{Answer, Api, ApiError, Call, Collection, Object, Page, Verb};
use crate::clock::UnixTime;

/// What a test makes of an object that is created: how it is then, or the status that it is refused with.
type Made = Box<dyn FnMut(&Object, &Value) -> Result<Value, u16> + Send>;

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
            refusals: BTreeMap::new(),
            controller: None,
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

    /// Has no objects of the kind `resource` from now on, nor the kind itself; or has it again.
    pub(crate) fn uninstall(&self, resource: &'static str, is_absent: bool) {
        let absent = &mut self.0.lock().absent;
        if is_absent {
            absent.insert(resource)
        } else {
            absent.remove(&resource)
        };
    }

    /// Refuses lists of `resource` from now on, or allows them again.
    pub(crate) fn forbid_list(&self, resource: &'static str, is_forbidden: bool) {
        let forbidden = &mut self.0.lock().forbidden;
        if is_forbidden {
            forbidden.insert(("list", resource))
        } else {
            forbidden.remove(&("list", resource))
        };
    }

    /// The object.
    pub(crate) fn get(&self, object: &Object) -> Option<Value> {
        self.0.lock().objects.get(&object.path()).cloned()
    }

    /// Takes the object away.
    pub(crate) fn delete(&self, object: &Object) {
        self.0.lock().objects.remove(&object.path());
    }

    /// Refuses `verb` on `resource` from now on, or allows it again.
    pub(crate) fn forbid(&self, verb: Verb, resource: &'static str, is_forbidden: bool) {
        let right = (verb.name(), resource);
        let forbidden = &mut self.0.lock().forbidden;
        if is_forbidden {
            forbidden.insert(right)
        } else {
            forbidden.remove(&right)
        };
    }

    /// Answers nothing from now on, or answers again.
    pub(crate) fn hang(&self, hangs: bool) {
        self.0.lock().hangs = hangs;
    }

    /// Answers no list from now on, or answers them again.
    pub(crate) fn hang_lists(&self, hangs: bool) {
        self.0.lock().hangs_lists = hangs;
    }

    /// Answers so many lists more, and is gone then.
    pub(crate) fn leave_after(&self, lists: usize) {
        self.0.lock().lists_left = Some(lists);
    }

    /// Answers so many calls and lists more, and is gone then; none to answer all again.
    pub(crate) fn gone_after(&self, answers: Option<usize>) {
        self.0.lock().answers_left = answers;
    }

    /// Refuses writes of `resource` from now on, as a webhook does.
    pub(crate) fn refuse(&self, resource: &'static str, status: u16, message: &'static str) {
        self.0.lock().refusals.insert(resource, (status, message));
    }

    /// Has `controller` see each object that is written, with its path, before it is stored.
    pub(crate) fn control(&self, controller: Controller) {
        self.0.lock().controller = Some(controller);
    }

    /// All objects by their paths.
    pub(crate) fn objects(&self) -> BTreeMap<String, Value> {
        self.0.lock().objects.clone()
    }

    /// Answers the next `count` lists with `status`.
    pub(crate) fn fail_lists(&self, count: usize, status: u16) {
        self.0.lock().failures = (count, status);
    }

    /// Somebody else writes before each of the next `count` writes.
    pub(crate) fn conflict(&self, count: usize) {
        self.0.lock().conflicts = count;
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

    fn answer(&mut self, call: Call<'_>) -> Result<Answer, ApiError> {
        let Call { verb, object, body, .. } = call;
        self.leave()?;
        self.log.push(format!("{} {object}", verb.name()));
        if self.forbidden.contains(&(verb.name(), object.resource())) {
            return Err(ApiError::of(call, 403, "forbidden"));
        }
        if let (true, Some((status, message))) = (verb != Verb::Get, self.refusals.get(object.resource())) {
            return Err(ApiError::of(call, *status, message));
        }
        // Names do not tell a new object from an old one; uids do.
        let path = object.path();
        if verb != Verb::Get && self.conflicts > 0 {
            self.conflicts -= 1;
            if let Some(value) = self.objects.get(&path).cloned() {
                self.store(&path, value);
            }
        }
        if let (Verb::Create, Some(body)) = (verb, body)
            && let Some(made) = self.made.get_mut(object.resource())
        {
            let value = made(object, body).map_err(|status| ApiError::of(call, status, "not now"))?;
            // What is served below an object is made for its caller alone.
            let value = if object.is_subresource() { value } else { self.store(&path, value) };
            return Ok(Answer { object: value, date: Some(self.now()) });
        }
        let present = self.objects.get(&path).cloned();
        let version = |value: &Value| value["metadata"]["resourceVersion"].clone();
        let value = match (verb, present, body) {
            (Verb::Get, Some(value), _) => value,
            (Verb::Create, None, Some(body)) => {
                let mut body = body.clone();
                body["metadata"]["uid"] = json!(format!("uid-{}", self.version + 1));
                self.store(&path, body)
            }
            (Verb::Patch, Some(value), Some(body)) => match patched(&value, body) {
                Ok(value) => self.store(&path, value),
                Err((status, message)) => return Err(ApiError::of(call, status, &message)),
            },
            (Verb::Delete, Some(value), body) => {
                let uid = body.and_then(|body| body.pointer("/preconditions/uid"));
                if uid.is_some_and(|uid| Some(uid) != value.pointer("/metadata/uid")) {
                    return Err(ApiError::of(call, 409, "another uid"));
                }
                self.objects.remove(&path);
                value
            }
            (Verb::Update, Some(value), Some(body)) if version(&value) == version(body) => {
                self.store(&path, body.clone())
            }
            (Verb::Create | Verb::Update, Some(_), _) => {
                return Err(ApiError::of(call, 409, "conflict"));
            }
            _ => return Err(ApiError::of(call, 404, "not found")),
        };
        Ok(Answer { object: value, date: Some(self.now()) })
    }
}

/// As an API server does it.
fn patched(value: &Value, patch: &Value) -> Result<Value, (u16, String)> {
    let mut patched = value.clone();
    if patch.is_array() {
        let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
        json_patch::patch(&mut patched, &patch).map_err(|error| (422, error.to_string()))?;
    } else {
        json_patch::merge(&mut patched, patch);
        if patch
            .pointer("/metadata/resourceVersion")
            .is_some_and(|version| *version != value["metadata"]["resourceVersion"])
        {
            return Err((409, "conflict".to_owned()));
        }
    }
    Ok(patched)
}

impl State {
    /// The end, once all answers are given that there were to be.
    fn leave(&mut self) -> Result<(), ApiError> {
        match &mut self.answers_left {
            Some(0) => Err(ApiError::Unreachable {
                server: "https://fake".into(),
                reason: "connection refused".into(),
            }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl State {
    fn text(&mut self, call: Call<'_>) -> Result<String, ApiError> {
        let object = call.object;
        self.log.push(format!("read {object}"));
        if self.forbidden.contains(&("get", object.resource())) {
            return Err(ApiError::of(call, 403, "forbidden"));
        }
        let found = self.texts.get(&object.path()).cloned();
        found
            .unwrap_or(Err(404))
            .map_err(|status| ApiError::of(call, status, "not now"))
    }

    /// As an API server does: so many objects at a time, and no answer that is too large to be read.
    fn page(&mut self, page: Page<'_>) -> Result<Answer, ApiError> {
        let Page { collection, limit, after, .. } = page;
        let resource = collection.resource();
        self.leave()?;
        self.log
            .push(format!("list {resource} {}", after.unwrap_or("from the start")));
        match &mut self.lists_left {
            Some(0) => {
                return Err(ApiError::Unreachable {
                    server: "https://fake".into(),
                    reason: "connection refused".into(),
                });
            }
            Some(left) => *left -= 1,
            None => {}
        }
        if self.failures.0 > 0 {
            self.failures.0 -= 1;
            return Err(ApiError::of_page(page, self.failures.1, "not now"));
        }
        if self.forbidden.contains(&("list", resource)) {
            return Err(ApiError::of_page(page, 403, "forbidden"));
        }
        if self.absent.contains(resource) {
            return Err(ApiError::of_page(page, 404, "404 page not found"));
        }
        let path = collection.path();
        let all = path.strip_suffix(&format!("/{resource}"));
        let root = all.unwrap_or_default();
        let is_listed = |key: &str| {
            let rest = key.strip_prefix(root).unwrap_or_default();
            let words: Vec<_> = rest.split('/').collect();
            matches!(words.as_slice(), ["", found, _] | ["", "namespaces", _, found, _] if *found == resource)
        };
        let is_selected = |value: &Value| {
            let selector = collection
                .selector()
                .and_then(|selector| selector.split_once('='));
            selector.is_none_or(|(key, expected)| value["metadata"]["labels"][key] == expected)
        };
        let found = self
            .objects
            .iter()
            .filter(|(_, value)| is_selected(value))
            .filter(|(key, _)| is_listed(key) && after.is_none_or(|after| key.as_str() > after));
        let found: Vec<_> = found.collect();
        let items: Vec<_> = found
            .iter()
            .take(limit)
            .map(|(_, value)| (*value).clone())
            .collect();
        let mut metadata = json!({});
        if found.len() > limit {
            metadata["continue"] = found[limit - 1].0.as_str().into();
        }
        let object = json!({"metadata": metadata, "items": items});
        if object.to_string().len() > 3 << 20 {
            return Err(ApiError::TooLarge { server: "https://fake".into(), mebibytes: 3 });
        }
        Ok(Answer { object, date: Some(self.now()) })
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
            self.0.lock().answer(call)
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
