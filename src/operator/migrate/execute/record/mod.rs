//! What is remembered of a namespace, so that a run can be interrupted, and undone.
//!
//! - `model`: what is remembered of a workload and of a service account
//! - `store`: the ConfigMaps that hold it

mod model;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::calls::Calls;
use crate::operator::{
    cluster::{Api, Collection, each_object},
    identity::digest,
    migrate::state::BY_WISPCTL,
};
pub(super) use model::{Account, Anew, Entry, Target, TargetIdentity};
pub(super) use store::StoreError;
use store::{Store, Values, number};

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
        let accounts = store.values(ACCOUNT, |account: &Account| key(ACCOUNT, &[&account.name]))?;
        Ok(Self {
            workloads: store.values(WORKLOAD, Entry::key)?,
            accounts: accounts
                .into_values()
                .map(|account| (account.name.clone(), account))
                .collect(),
            removed: store.values(REMOVED, removed_key)?,
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
            if number(text("/metadata/name")).is_some() {
                found.push(text("/metadata/namespace").to_owned());
            }
        });
        list.await?;
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Fails if another run has changed what was remembered of `entries`, `before` the user was asked.
    pub(super) fn is_still(&self, before: &Self, entries: &[Entry]) -> Result<(), StoreError> {
        let keys = entries.iter().map(Entry::key);
        let mut other = keys.filter(|key| self.workloads.get(key) != before.workloads.get(key));
        other
            .next()
            .map_or(Ok(()), |key| Err(self.store.overtaken(key)))
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

    /// Remembers workloads at once.
    pub(super) async fn put_all<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        let new: BTreeMap<_, _> = entries.iter().map(|entry| (entry.key(), entry)).collect();
        let new = new
            .into_iter()
            .filter(|(key, entry)| self.workloads.get(key) != Some(*entry));
        let new: Vec<_> = new.map(|(key, entry)| (key, entry.clone())).collect();
        let values: Values = new
            .iter()
            .map(|(key, entry)| (key.clone(), Some(text(entry))))
            .collect();
        self.store.put(calls, &values).await?;
        self.workloads.extend(new);
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
        self.remove(calls, key(ACCOUNT, &[name])).await?;
        self.accounts.remove(name);
        Ok(())
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
        self.remove(calls, key.clone()).await?;
        self.removed.remove(&key);
        Ok(())
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

    /// Deletes the record, if all in it is as it was before anything was done. Another run may have written it: it is read anew.
    pub(super) async fn end<A: Api>(&mut self, calls: Calls<'_, A>) -> Result<(), StoreError> {
        *self = Self::read(calls, &self.namespace).await?;
        let is_over = self.removed.is_empty()
            && self.accounts.is_empty()
            && self.workloads.values().all(Entry::is_untouched);
        if is_over {
            self.store.delete(calls).await?;
            self.workloads.clear();
        }
        Ok(())
    }

    async fn write<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        key: &str,
        value: &impl Serialize,
    ) -> Result<(), StoreError> {
        let values = [(key.to_owned(), Some(text(value)))];
        self.store.put(calls, &values.into()).await
    }

    async fn remove<A: Api>(&mut self, calls: Calls<'_, A>, key: String) -> Result<(), StoreError> {
        self.store.put(calls, &[(key, None)].into()).await
    }
}

/// A value as it is kept. All of them can be: their keys are text.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The key of an object that was deleted.
fn removed_key(object: &Value) -> String {
    let text = |at: &str| {
        object
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    key(REMOVED, &[text("/kind"), text("/metadata/name")])
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
