//! What is remembered of a namespace, so that a run can be interrupted, and undone.
//!
//! - `model`: what is remembered of a workload and of a service account
//! - `store`: the ConfigMaps that hold it

mod model;
mod store;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::calls::Calls;
use crate::operator::{
    cluster::{Api, Collection, each_object},
    identity::digest,
    migrate::state::{BY_WISPCTL, RECORD},
};
pub(super) use model::{Account, Anew, Entry, Target, TargetIdentity};
use store::Store;
pub(super) use store::StoreError;

/// The record of one namespace.
pub(super) struct Record {
    pub namespace: String,
    store: Store,
    /// Workloads by their keys.
    pub workloads: BTreeMap<String, Entry>,
    /// Service accounts by their names.
    pub accounts: BTreeMap<String, Account>,
    /// Objects that were deleted, by their keys, as they can be made again.
    pub removed: BTreeMap<String, Value>,
}

const WORKLOAD: &str = "workload.";
const ACCOUNT: &str = "account.";
const REMOVED: &str = "removed.";

/// The longest part of a key that is a name. Keys of ConfigMaps have 253 characters at most.
const LONGEST: usize = 200;

impl Record {
    /// What is remembered of `namespace`.
    pub(super) async fn read<A: Api>(calls: Calls<'_, A>, namespace: &str) -> Result<Self, StoreError> {
        let store = Store::read(calls, namespace).await?;
        Ok(Self {
            workloads: store.values(WORKLOAD)?,
            accounts: store
                .values::<Account>(ACCOUNT)?
                .into_values()
                .map(|account| (account.name.clone(), account))
                .collect(),
            removed: store.values(REMOVED)?,
            store,
            namespace: namespace.to_owned(),
        })
    }

    /// The namespaces of which something is remembered.
    pub(super) async fn namespaces<A: Api>(api: &A) -> Result<Vec<String>, StoreError> {
        let collection = Collection::at("api/v1", "configmaps", "ConfigMap", None).selected(BY_WISPCTL);
        let mut found = Vec::new();
        let list = each_object(api, &collection, |object| {
            let text = |at: &str| {
                object
                    .pointer(at)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            if text("/metadata/name") == RECORD {
                found.push(text("/metadata/namespace").to_owned());
            }
        });
        list.await?;
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Remembers a workload.
    pub(super) async fn put<A: Api>(&mut self, calls: Calls<'_, A>, entry: &Entry) -> Result<(), StoreError> {
        let key = entry.key();
        if self.workloads.get(&key) == Some(entry) {
            return Ok(());
        }
        self.write(calls, &key, entry).await?;
        self.workloads.insert(key, entry.clone());
        Ok(())
    }

    /// Remembers a service account.
    pub(super) async fn put_account<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        account: Account,
    ) -> Result<(), StoreError> {
        if self.accounts.get(&account.name) != Some(&account) {
            self.write(calls, &key(ACCOUNT, &[&account.name]), &account)
                .await?;
            self.accounts.insert(account.name.clone(), account);
        }
        Ok(())
    }

    /// Forgets a service account.
    pub(super) async fn forget_account<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        name: &str,
    ) -> Result<(), StoreError> {
        self.accounts.remove(name);
        self.store.remove(calls, &key(ACCOUNT, &[name])).await
    }

    /// Remembers an object that is deleted.
    pub(super) async fn put_removed<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        kind: &str,
        name: &str,
        object: Value,
    ) -> Result<(), StoreError> {
        let key = key(REMOVED, &[kind, name]);
        self.write(calls, &key, &object).await?;
        self.removed.insert(key, object);
        Ok(())
    }

    /// Forgets an object that is there again.
    pub(super) async fn forget_removed<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        kind: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let key = key(REMOVED, &[kind, name]);
        self.removed.remove(&key);
        self.store.remove(calls, &key).await
    }

    /// The object that was deleted.
    pub(super) fn removed(&self, kind: &str, name: &str) -> Option<&Value> {
        self.removed.get(&key(REMOVED, &[kind, name]))
    }

    /// The names of the objects of this kind that were deleted.
    pub(super) fn removed_of(&self, kind: &str) -> Vec<String> {
        let own = self
            .removed
            .values()
            .filter(|object| object.get("kind").and_then(Value::as_str) == Some(kind));
        let names = own.filter_map(|object| object.pointer("/metadata/name")?.as_str());
        names.map(str::to_owned).collect()
    }

    /// Deletes the record, if all in it is as it was before anything was done.
    pub(super) async fn end<A: Api>(&mut self, calls: Calls<'_, A>) -> Result<bool, StoreError> {
        let is_over = self.removed.is_empty()
            && self.accounts.is_empty()
            && self.workloads.values().all(Entry::is_untouched);
        if is_over {
            self.store.delete(calls).await?;
            self.workloads.clear();
        }
        Ok(is_over)
    }

    async fn write<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        key: &str,
        value: &impl Serialize,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(value).map_err(|error| StoreError::malformed(key, &error))?;
        self.store.put(calls, key, text).await
    }
}

/// A key of a ConfigMap, of the parts of a name.
fn key(prefix: &str, parts: &[&str]) -> String {
    let name = parts.join(".");
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    if name.len() <= LONGEST && name.chars().all(is_allowed) {
        return format!("{prefix}{name}");
    }
    let start: String = name
        .chars()
        .filter(|letter| is_allowed(*letter))
        .take(LONGEST)
        .collect();
    format!("{prefix}{start}_{}", digest(&name))
}
