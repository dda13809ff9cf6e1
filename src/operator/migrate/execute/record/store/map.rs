//! One ConfigMap of a record.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{StoreError, Values};
use crate::operator::{
    cluster::Object,
    migrate::{
        execute::record::{ACCOUNT, REMOVED, WORKLOAD},
        state::RECORD,
    },
};

/// The key of each behind which its format stands, and the one that is known.
pub(super) const FORMAT: &str = "format";
pub(super) const VERSION: &str = "1";

/// A ConfigMap as it was read, or written.
#[derive(Default)]
pub(super) struct Map {
    pub uid: Option<String>,
    /// Its resource version.
    pub version: Option<String>,
    pub data: BTreeMap<String, String>,
    /// Of all keys and values, in bytes.
    size: usize,
}

impl Map {
    /// The one that was read as `found`, unless there is something in it that is not known.
    pub(super) fn of(found: &Value, object: &Object) -> Result<Self, StoreError> {
        let mut map = Self::default();
        let data = found.get("data").and_then(Value::as_object);
        let format = data.and_then(|data| data.get(FORMAT)?.as_str());
        if let Some(other) = format.filter(|format| *format != VERSION) {
            return Err(StoreError::newer(object, other, VERSION));
        }
        for (key, text) in data.into_iter().flatten().filter(|(key, _)| *key != FORMAT) {
            let text = text.as_str().unwrap_or_default();
            if ![WORKLOAD, ACCOUNT, REMOVED]
                .iter()
                .any(|prefix| key.starts_with(prefix))
            {
                return Err(StoreError::malformed(
                    object,
                    key,
                    format!("keys begin with `{WORKLOAD}`, `{ACCOUNT}` or `{REMOVED}`"),
                ));
            }
            map.insert(key.clone(), Some(text.to_owned()));
        }
        map.seen(found);
        Ok(map)
    }

    /// Notes that `data` was written, and that the answer was `written`.
    pub(super) fn wrote(&mut self, written: &Value, data: Values) {
        for (key, text) in data {
            self.insert(key, text);
        }
        self.seen(written);
    }

    fn insert(&mut self, key: String, text: Option<String>) {
        self.size -= self.size_of(&key);
        match text {
            Some(text) => {
                self.size += key.len() + text.len();
                self.data.insert(key, text);
            }
            None => drop(self.data.remove(&key)),
        }
    }

    fn seen(&mut self, object: &Value) {
        let text = |field: &str| Some(object.get("metadata")?.get(field)?.as_str()?.to_owned());
        (self.uid, self.version) = (text("uid"), text("resourceVersion"));
    }

    /// Of all keys and values, in bytes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Of `key` and its value, in bytes; 0 where it has none.
    pub(super) fn size_of(&self, key: &str) -> usize {
        self.data.get(key).map_or(0, |text| key.len() + text.len())
    }
}

/// The name of the one with this index.
pub(super) fn name(index: usize) -> String {
    if index == 0 { RECORD.to_owned() } else { format!("{RECORD}-{}", index + 1) }
}

/// The index of the one that is called so; none where it is no part of a record.
pub(in super::super) fn number(called: &str) -> Option<usize> {
    let index = match called.strip_prefix(RECORD)?.strip_prefix('-') {
        Some(number) => number.parse::<usize>().ok()?.checked_sub(1)?,
        None => 0,
    };
    (name(index) == called).then_some(index)
}
