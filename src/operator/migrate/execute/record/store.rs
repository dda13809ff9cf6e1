//! The ConfigMaps of a namespace that hold its record: values by keys, in as many ConfigMaps as they need.
//!
//! A key is written alone, and only if nobody has written what is behind it since it was read: of two runs, one sees the other.
//!
//! - `map`: one ConfigMap; `error`: why a record cannot be read or written

mod error;
mod map;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::operator::{
    cluster::{Api, ApiError, Collection, Object, each_object},
    migrate::{
        execute::calls::Calls,
        state::{BY_WISPCTL, MANAGED_BY},
    },
};
pub(crate) use error::StoreError;
pub(super) use map::number;
use map::{FORMAT, Map, VERSION};

/// The most bytes of keys and values of one: an API server takes 1 MiB.
const MOST: usize = 900 << 10;
/// What is new goes elsewhere from here on, for each change of a value writes its whole ConfigMap to etcd.
const FULL: usize = 256 << 10;
/// How often a write is tried that others were quicker than.
const TRIES: usize = 6;

/// What is to stand behind keys; none for those that go.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// The ConfigMaps, in the order of their numbers.
pub(super) struct Store {
    namespace: String,
    maps: Vec<Map>,
    /// The keys behind which others have written since they were read here.
    of_others: BTreeSet<String>,
}

impl Store {
    /// Those that are there.
    pub(super) async fn read<A: Api>(calls: Calls<'_, A>, namespace: &str) -> Result<Self, StoreError> {
        let mut store =
            Self { namespace: namespace.to_owned(), maps: Vec::new(), of_others: BTreeSet::new() };
        let mut listed = BTreeMap::new();
        let collection = Collection::at("api/v1", "configmaps", "ConfigMap", Some(namespace));
        each_object(calls.api, &collection.selected(BY_WISPCTL), |object| {
            let name = object.pointer("/metadata/name").and_then(Value::as_str);
            if let Some(index) = name.and_then(number) {
                listed.insert(index, object);
            }
        })
        .await?;
        let last = listed.keys().last().copied();
        loop {
            let index = store.maps.len();
            let object = store.object(index);
            // What has lost its label is a part all the same.
            let found = match listed.remove(&index) {
                Some(found) => Some(found),
                None => match calls.get(&object).await {
                    // Where no API server is asked, nobody knows whether there is more.
                    Err(ApiError::NotRead(_)) => None,
                    answer => answer?,
                },
            };
            match found {
                Some(found) => store.maps.push(Map::of(&found, &object)?),
                None if last.is_some_and(|last| last > index) => {
                    return Err(StoreError::Missing(object.to_string()));
                }
                None => return Ok(store),
            }
        }
    }

    /// The values whose keys begin with `prefix`, each seen to be what stands behind its key by `key_of`. Where a move was interrupted,
    /// the later one counts.
    pub(super) fn values<T: DeserializeOwned>(
        &self,
        prefix: &str,
        key_of: impl Fn(&T) -> String,
    ) -> Result<BTreeMap<String, T>, StoreError> {
        let mut all = BTreeMap::new();
        for (index, map) in self.maps.iter().enumerate() {
            let malformed = |key: &str, reason| StoreError::malformed(&self.object(index), key, reason);
            for (key, text) in map.data.iter().filter(|(key, _)| key.starts_with(prefix)) {
                let value = serde_json::from_str(text).map_err(|error| malformed(key, error.to_string()))?;
                let own = key_of(&value);
                if own != *key {
                    return Err(malformed(key, format!("what it says is of `{own}`")));
                }
                all.insert(key.clone(), value);
            }
        }
        Ok(all)
    }

    /// What stands behind `key`.
    fn value(&self, key: &str) -> Option<&String> {
        self.maps.iter().rev().find_map(|map| map.data.get(key))
    }

    /// Puts `values` where their keys are, or where there is room; and takes out those without a value.
    pub(super) async fn put<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        values: &Values,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let other = values.iter().find(|(key, expected)| {
                self.of_others.contains(*key) && self.value(key) != expected.as_ref()
            });
            if let Some((key, _)) = other {
                return Err(self.overtaken(key.clone()));
            }
            match self.try_to_put(calls, values).await {
                Err(StoreError::Api(ApiError::Conflict(_) | ApiError::NotFound(_))) => {
                    self.refresh(calls).await?;
                }
                done => {
                    self.of_others.retain(|key| !values.contains_key(key));
                    return done;
                }
            }
        }
        Err(StoreError::Busy(self.object(0).to_string()))
    }

    /// Reads all anew, and notes what others have written.
    async fn refresh<A: Api>(&mut self, calls: Calls<'_, A>) -> Result<(), StoreError> {
        let mut fresh = Self::read(calls, &self.namespace).await?;
        if fresh.maps.is_empty() && !self.maps.is_empty() {
            return Err(StoreError::Deleted(self.object(0).to_string()));
        }
        let keys = |store: &Self| -> BTreeSet<String> {
            let all = store.maps.iter().flat_map(|map| map.data.keys());
            all.cloned().collect()
        };
        let all = &keys(self) | &keys(&fresh);
        let others = all
            .into_iter()
            .filter(|key| self.value(key) != fresh.value(key));
        let others: BTreeSet<_> = others.collect();
        fresh.of_others = &self.of_others | &others;
        *self = fresh;
        Ok(())
    }

    /// New ones first, by their numbers; then what moves is taken away where it was. So an end between them loses nothing.
    async fn try_to_put<A: Api>(&mut self, calls: Calls<'_, A>, values: &Values) -> Result<(), StoreError> {
        let changes = self.changes(values)?;
        for is_new in [true, false] {
            for (index, data) in &changes {
                let some: Values = data
                    .iter()
                    .filter(|(_, text)| text.is_some() == is_new)
                    .map(|(key, text)| (key.clone(), text.clone()))
                    .collect();
                if !some.is_empty() {
                    self.write(calls, *index, some).await?;
                }
            }
        }
        Ok(())
    }

    /// What changes of which ConfigMap, by its index.
    fn changes(&self, values: &Values) -> Result<BTreeMap<usize, Values>, StoreError> {
        let mut sizes: Vec<usize> = self.maps.iter().map(Map::size).collect();
        let mut all: BTreeMap<usize, Values> = BTreeMap::new();
        for (key, text) in values {
            let has = |map: &Map| map.data.contains_key(key);
            let known = self.maps.iter().rposition(has);
            let mut target = None;
            if let Some(text) = text {
                let size = key.len() + text.len();
                if size > MOST {
                    return Err(StoreError::TooLarge(key.clone()));
                }
                let fits = |index: &usize, most| {
                    let old = self.maps.get(*index).map_or(0, |map| map.size_of(key));
                    sizes
                        .get(*index)
                        .is_some_and(|all| all - old + size <= most)
                };
                // What moves goes behind, so that it counts should the move be interrupted.
                let first = known.map_or(0, |index| index + 1);
                let index = known.filter(|index| fits(index, MOST)).unwrap_or_else(|| {
                    (first..sizes.len())
                        .find(|index| fits(index, FULL))
                        .unwrap_or(sizes.len())
                });
                sizes.resize(sizes.len().max(index + 1), 0);
                if let Some(all) = sizes.get_mut(index) {
                    *all += size;
                }
                all.entry(index)
                    .or_default()
                    .insert(key.clone(), Some(text.clone()));
                target = Some(index);
            }
            for (index, map) in self.maps.iter().enumerate().filter(|(_, map)| has(map)) {
                if let Some(all) = sizes.get_mut(index) {
                    *all -= map.size_of(key);
                }
                if target != Some(index) {
                    all.entry(index).or_default().insert(key.clone(), None);
                }
            }
        }
        Ok(all)
    }

    /// Writes one ConfigMap, if it is what was read.
    async fn write<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        index: usize,
        data: Values,
    ) -> Result<(), StoreError> {
        let object = self.object(index);
        let written = if let Some(map) = self.maps.get(index) {
            let patch = json!({"metadata": {"resourceVersion": map.version}, "data": data});
            calls.patch(&object, &patch).await?
        } else {
            let (label, value) = MANAGED_BY;
            let metadata = json!({
                "name": object.name(), "namespace": self.namespace, "labels": {label: value},
            });
            let mut body =
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
            body["data"][FORMAT] = VERSION.into();
            self.maps.push(Map::default());
            let made = calls.create(&object, &body).await;
            if made.is_err() {
                self.maps.pop();
            }
            made?
        };
        if let Some(map) = self.maps.get_mut(index) {
            map.wrote(&written, data);
        }
        Ok(())
    }

    /// Deletes all, the first one last, so that what is left is found. What somebody has written since stays.
    pub(super) async fn delete<A: Api>(&mut self, calls: Calls<'_, A>) -> Result<(), StoreError> {
        while let Some(map) = self.maps.last() {
            let object = self.object(self.maps.len() - 1);
            let read = json!({"metadata": {"uid": map.uid, "resourceVersion": map.version}});
            match calls.delete_unchanged(&object, &read).await {
                Err(ApiError::Conflict(_)) => break,
                done => done?,
            }
            self.maps.pop();
        }
        Ok(())
    }

    /// Another run has changed what stands behind `key`.
    pub(super) fn overtaken(&self, key: String) -> StoreError {
        StoreError::Overtaken { object: self.object(0).to_string(), key }
    }

    fn object(&self, index: usize) -> Object {
        Object::config_map(&self.namespace, &map::name(index))
    }
}
