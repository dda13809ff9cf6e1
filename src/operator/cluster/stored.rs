//! Objects that were read before, of a cluster or from dumps of one, in the place of an API server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, Api, ApiError, Call, Collection, Object, Page, Verb};

/// What was read. Nothing of it is changed.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    objects: BTreeMap<Key, Value>,
    is_whole: bool,
}

/// Namespace, API group, kind and name. Versions of a group have the same objects.
type Key = (String, String, String, String);

impl Stored {
    /// Takes in an object, in the place of what was read of it before; one that names no namespace is in `namespace`.
    pub(crate) fn put(&mut self, object: Value, namespace: &str) {
        let text = |at: &str| object.pointer(at).and_then(Value::as_str);
        let Some(name) = text("/metadata/name") else { return };
        let version = text("/apiVersion").unwrap_or_default();
        let key = (
            text("/metadata/namespace").unwrap_or(namespace).to_owned(),
            group(version).to_owned(),
            text("/kind").unwrap_or_default().to_owned(),
            name.to_owned(),
        );
        self.objects.insert(key, object);
    }

    /// All that a cluster has was read: what is not here is nowhere.
    pub(crate) fn set_whole(&mut self) {
        self.is_whole = true;
    }

    /// Whether that is so.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether there is an object of Kubernetes' own `kind` (of the core group) in `namespace`.
    pub(crate) fn has(&self, kind: &str, namespace: &str) -> bool {
        let first = (namespace.to_owned(), String::new(), kind.to_owned(), String::new());
        let next = self.objects.range(first..).next();
        next.is_some_and(|((of, group, found, _), _)| of == namespace && group.is_empty() && found == kind)
    }

    fn get(&self, object: &Object) -> Result<&Value, ApiError> {
        let key = (
            object.namespace_name().unwrap_or_default().to_owned(),
            group(object.api_version()).to_owned(),
            object.kind().to_owned(),
            object.name().to_owned(),
        );
        self.objects.get(&key).ok_or_else(|| {
            if self.is_whole {
                ApiError::NotFound(object.to_string())
            } else {
                ApiError::NotRead(object.to_string())
            }
        })
    }

    fn of(&self, collection: &Collection) -> Vec<Value> {
        let group = group(collection.api_version());
        let is_selected = |object: &Value| {
            let selector = collection.selector().and_then(|one| one.split_once('='));
            selector.is_none_or(|(key, value)| {
                let labels = object.pointer("/metadata/labels");
                labels.and_then(|labels| labels.get(key)?.as_str()) == Some(value)
            })
        };
        let namespace = collection.namespace_name();
        self.objects
            .iter()
            .filter(|((of, of_group, kind, _), object)| {
                namespace.is_none_or(|namespace| namespace == of)
                    && (of_group.as_str(), kind.as_str()) == (group, collection.kind())
                    && is_selected(object)
            })
            .map(|(_, object)| object.clone())
            .collect()
    }
}

/// The group of an `apiVersion`.
fn group(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

impl Api for Stored {
    async fn call(&self, call: Call<'_>) -> Result<Answer, ApiError> {
        if call.verb != Verb::Get {
            return Err(ApiError::of(call, 405, "what was read is not changed"));
        }
        self.get(call.object)
            .map(|object| Answer { object: object.clone(), date: None })
    }

    async fn text(&self, call: Call<'_>) -> Result<String, ApiError> {
        Err(ApiError::NotRead(call.object.to_string()))
    }

    async fn list(&self, page: Page<'_>) -> Result<Answer, ApiError> {
        Ok(Answer { object: json!({"items": self.of(page.collection)}), date: None })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::Stored;
    use crate::operator::cluster::{Api as _, ApiError, Call, Collection, Object, Verb, each_object};

    fn stored() -> Stored {
        let mut stored = Stored::default();
        let labels = json!({"app.kubernetes.io/managed-by": "wispctl"});
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "wisp-migration", "namespace": "shop", "labels": labels}});
        stored.put(map, "");
        let job = json!({"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "nightly"}});
        stored.put(job, "shop");
        stored
    }

    async fn call(stored: &Stored, verb: Verb, object: &Object) -> Result<String, ApiError> {
        let call = Call { verb, object, body: None, timeout: Duration::ZERO };
        let answer = stored.call(call).await?;
        Ok(answer.object["metadata"]["name"].to_string())
    }

    #[tokio::test]
    async fn what_was_read_answers_in_whatever_version() {
        let mut stored = stored();
        let of = |name| Collection::at("apis/batch/v1", "cronjobs", "CronJob", Some("shop")).object(name);
        assert_eq!(call(&stored, Verb::Get, &of("nightly")).await.unwrap(), "\"nightly\"");
        let missing = call(&stored, Verb::Get, &of("hourly")).await.unwrap_err();
        assert_eq!(missing.to_string(), "CronJob shop/hourly is not among what was read");
        stored.set_whole();
        let missing = call(&stored, Verb::Get, &of("hourly")).await.unwrap_err();
        assert_eq!(missing.to_string(), "CronJob shop/hourly is not there");
        let refused = call(&stored, Verb::Delete, &of("nightly")).await;
        assert!(matches!(refused, Err(ApiError::Status { status: 405, .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn lists_have_what_is_selected() {
        let stored = stored();
        let names = async |selector, namespace| {
            let maps = Collection::at("api/v1", "configmaps", "ConfigMap", namespace).selected(selector);
            let mut names = Vec::new();
            let seen =
                each_object(&stored, &maps, |object| names.push(object["metadata"]["name"].to_string()));
            seen.await.unwrap();
            names.concat()
        };
        let own = "app.kubernetes.io/managed-by=wispctl";
        assert_eq!(names(own, None).await, "\"wisp-migration\"");
        assert_eq!(names(own, Some("other")).await, "");
        assert_eq!(names("app.kubernetes.io/managed-by=Helm", None).await, "");
        assert!(stored.has("ConfigMap", "shop"));
        assert!(!stored.has("ConfigMap", "other") && !stored.has("ServiceAccount", "shop"));
        // A namespace that sorts before, and a kind that does.
        assert!(!stored.has("ConfigMap", "a") && !stored.has("A", "shop"));
    }
}
