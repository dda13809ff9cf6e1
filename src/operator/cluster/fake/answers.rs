//! How a fake answers.

use std::time::Duration;

use serde_json::{Value, json};

use super::State;
use crate::operator::cluster::{Answer, ApiError, Call, Page, Verb};

impl State {
    pub(super) fn answer(&mut self, call: Call<'_>) -> Result<Answer, ApiError> {
        let Call { verb, object, body, .. } = call;
        self.leave()?;
        self.log.push(format!("{} {object}", verb.name()));
        if self.call_failures.0 > 0 {
            let (_, status, seconds) = self.call_failures;
            self.call_failures.0 -= 1;
            let pause = Some(Duration::from_secs(seconds));
            return Err(ApiError::of(call, status, "not now").with_pause(pause));
        }
        if self.forbidden.contains(&(verb.name(), object.resource())) {
            return Err(ApiError::of(call, 403, "forbidden"));
        }
        if let (true, Some((status, message))) = (verb != Verb::Get, self.refusals.get(object.resource())) {
            return Err(ApiError::of(call, *status, message));
        }
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
        if matches!(verb, Verb::Patch | Verb::Delete)
            && object.resource() != "configmaps"
            && let Some(value) = self.objects.get(&path).cloned()
            && let Some(change) = self.overtaking.take()
        {
            match change(value) {
                Some(value) => drop(self.store(&path, value)),
                None => drop(self.objects.remove(&path)),
            }
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
                let expected = |field: &str| body.and_then(|body| body.get("preconditions")?.get(field));
                let is_other = |field: &str| {
                    let expected = expected(field);
                    expected.is_some_and(|expected| *expected != value["metadata"][field])
                };
                if is_other("uid") || is_other("resourceVersion") {
                    return Err(ApiError::of(call, 409, "another one"));
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

/// Nobody answers.
pub(super) fn gone() -> ApiError {
    ApiError::Unreachable { server: "https://fake".into(), reason: "connection refused".into() }
}

/// As an API server does it.
fn patched(value: &Value, patch: &Value) -> Result<Value, (u16, String)> {
    let mut patched = value.clone();
    if patch.is_array() {
        let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
        // It says no more of a test that fails.
        let message = "the server rejected our request due to an error in our request";
        json_patch::patch(&mut patched, &patch).map_err(|_| (422, message.to_owned()))?;
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
            Some(0) => {
                self.loses_last = false;
                Err(gone())
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl State {
    pub(super) fn text(&mut self, call: Call<'_>) -> Result<String, ApiError> {
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
    pub(super) fn page(&mut self, page: Page<'_>) -> Result<Answer, ApiError> {
        let Page { collection, limit, after, .. } = page;
        let resource = collection.resource();
        self.leave()?;
        self.log
            .push(format!("list {resource} {}", after.unwrap_or("from the start")));
        match &mut self.lists_left {
            Some(0) => return Err(gone()),
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
