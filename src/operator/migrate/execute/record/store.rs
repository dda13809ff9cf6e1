//! The ConfigMaps of a namespace that hold its record: values by keys, in as many ConfigMaps as they need.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::operator::{
    cluster::{Api, ApiError, Object},
    migrate::{
        execute::calls::Calls,
        state::{MANAGED_BY, RECORD},
    },
};

/// The most bytes of the values of one, with room for keys: an API server takes 1 MiB.
const MOST: usize = 900 << 10;

/// Why a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The API server.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A value that nobody here wrote.
    #[error(
        "the record of the migration has `{key}`, which cannot be read: {reason}; look who changed ConfigMap {RECORD}, or delete that key"
    )]
    Malformed {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
    /// More than a ConfigMap holds.
    #[error("`{0}` is too large to be remembered in a ConfigMap; change this workload by hand")]
    TooLarge(String),
}

impl StoreError {
    pub(super) fn malformed(key: &str, reason: &serde_json::Error) -> Self {
        Self::Malformed { key: key.to_owned(), reason: reason.to_string() }
    }
}

/// What was found; where no API server is asked, nobody knows whether there is more.
fn found(answer: Result<Option<Value>, ApiError>) -> Result<Option<Value>, ApiError> {
    match answer {
        Err(ApiError::NotRead(_)) => Ok(None),
        answer => answer,
    }
}

/// The ConfigMaps, in the order of their numbers.
pub(super) struct Store {
    namespace: String,
    maps: Vec<BTreeMap<String, String>>,
}

impl Store {
    /// Those that are there.
    pub(super) async fn read<A: Api>(calls: Calls<'_, A>, namespace: &str) -> Result<Self, StoreError> {
        let mut store = Self { namespace: namespace.to_owned(), maps: Vec::new() };
        while let Some(found) = found(calls.get(&store.object(store.maps.len())).await)? {
            let data = found.get("data").and_then(Value::as_object);
            let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
            store
                .maps
                .push(data.into_iter().flatten().filter_map(text).collect());
        }
        Ok(store)
    }

    /// The values whose keys begin with `prefix`. Where a move was interrupted, the later one counts.
    pub(super) fn values<T: DeserializeOwned>(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<String, T>, StoreError> {
        let all = self
            .maps
            .iter()
            .flatten()
            .filter(|(key, _)| key.starts_with(prefix));
        all.map(|(key, text)| {
            let value = serde_json::from_str(text).map_err(|error| StoreError::malformed(key, &error))?;
            Ok((key.clone(), value))
        })
        .collect()
    }

    /// Puts `text` where `key` is, or where there is room.
    pub(super) async fn put<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        key: &str,
        text: String,
    ) -> Result<(), StoreError> {
        if text.len() > MOST {
            return Err(StoreError::TooLarge(key.to_owned()));
        }
        let fits = |map: &BTreeMap<String, String>| {
            let others = map.iter().filter(|(known, _)| *known != key);
            others
                .map(|(key, text)| key.len() + text.len())
                .sum::<usize>()
                + key.len()
                + text.len()
                <= MOST
        };
        let known = self.maps.iter().rposition(|map| map.contains_key(key));
        let index = match known {
            Some(index) if self.maps.get(index).is_some_and(fits) => index,
            // What moves goes behind, so that it counts should the move be interrupted.
            Some(_) => self.maps.len(),
            None => self.maps.iter().position(fits).unwrap_or(self.maps.len()),
        };
        self.write(calls, index, key, Some(text)).await?;
        match known {
            Some(old) if old != index => self.write(calls, old, key, None).await,
            _ => Ok(()),
        }
    }

    /// Takes `key` out.
    pub(super) async fn remove<A: Api>(&mut self, calls: Calls<'_, A>, key: &str) -> Result<(), StoreError> {
        for index in 0..self.maps.len() {
            if self
                .maps
                .get(index)
                .is_some_and(|map| map.contains_key(key))
            {
                self.write(calls, index, key, None).await?;
            }
        }
        Ok(())
    }

    /// Deletes all, the first one last, so that what is left is found.
    pub(super) async fn delete<A: Api>(&mut self, calls: Calls<'_, A>) -> Result<(), StoreError> {
        while let Some(index) = self.maps.len().checked_sub(1) {
            calls.delete(&self.object(index), &Value::Null).await?;
            self.maps.pop();
        }
        Ok(())
    }

    /// One key alone is patched, so that others may write other keys meanwhile.
    async fn write<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        index: usize,
        key: &str,
        text: Option<String>,
    ) -> Result<(), StoreError> {
        let object = self.object(index);
        let patch = json!({"data": {key: text}});
        match calls.patch(&object, &patch).await {
            Err(ApiError::NotFound(_)) if text.is_some() => {
                let (label, value) = MANAGED_BY;
                let metadata = json!({
                    "name": object.name(), "namespace": self.namespace, "labels": {label: value},
                });
                let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {key: text}});
                calls.create(&object, &body).await?;
            }
            Ok(_) | Err(ApiError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        if self.maps.len() <= index {
            self.maps.resize_with(index + 1, BTreeMap::new);
        }
        if let Some(map) = self.maps.get_mut(index) {
            match text {
                Some(text) => drop(map.insert(key.to_owned(), text)),
                None => drop(map.remove(key)),
            }
        }
        Ok(())
    }

    fn object(&self, index: usize) -> Object {
        let name = if index == 0 { RECORD.to_owned() } else { format!("{RECORD}-{}", index + 1) };
        Object::config_map(&self.namespace, &name)
    }
}
