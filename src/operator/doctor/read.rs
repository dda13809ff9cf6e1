//! Dumps of a cluster and of Azure, and logs in files, read one after the other.

use std::io::{BufReader, Read};

use serde_json::Value;

use super::{
    facts::{Facts, LogOf},
    kinds,
    tree::{quoted, text},
    vault::Vault,
};
use crate::operator::{
    audit,
    manifest::items::{EMPTY, Item, each},
    workload::KINDS,
};

/// The most bytes of a log that are read: its end counts.
pub(super) const LOG: usize = 256 * 1024;

/// What is wrong with an object that has pods, or is one, and does not say what is in them.
fn without_pod(object: &Value) -> Option<String> {
    let kind = kinds::of(object)?.name;
    let (.., path) = KINDS.iter().find(|(name, ..)| *name == kind)?;
    let pod = path.iter().try_fold(object, |value, key| value.get(*key));
    let has_spec = pod.is_some_and(|pod| pod.get("spec").is_some_and(Value::is_object));
    (!has_spec)
        .then(|| format!("{kind} {} says nothing of its containers", quoted(text(object, "/metadata/name"))))
}

impl Facts {
    /// Nothing yet but the cluster's issuer, where that is known.
    pub(crate) fn new(issuer: Option<&str>) -> Self {
        Self { azure: audit::Facts::of(issuer), ..Self::default() }
    }

    /// Reads a dump, which is called `name`. What names no namespace is in `namespace`.
    pub(crate) fn file(&mut self, name: &str, file: impl Read, namespace: Option<&str>) {
        let has_content = each(BufReader::new(file), |Item { line, content }| match content {
            Ok(value) => self.item(&format!("{name}:{line}"), value, namespace),
            Err(unreadable) => {
                let line = unreadable.diagnostic.line.unwrap_or(line);
                self.unread
                    .push(format!("{name}:{line}: {}", unreadable.diagnostic.text));
            }
        });
        if !has_content {
            self.unread.push(format!("{name}: {EMPTY}"));
        }
    }

    /// Takes in an object, or a list of the Azure CLI.
    fn item(&mut self, origin: &str, value: Value, namespace: Option<&str>) {
        match value {
            Value::Array(items) if items.is_empty() => self.empty_lists += 1,
            Value::Array(items) => {
                for item in items {
                    self.item(origin, item, namespace);
                }
            }
            // A list whose items are gone.
            Value::Null => {}
            value if value.get("kind").is_some_and(Value::is_string) => {
                if let Some(what) = without_pod(&value) {
                    self.unread.push(format!("{origin}: {what}"));
                }
                self.taken += usize::from(self.put(value, namespace));
            }
            value => {
                self.taken += 1;
                if let Some(vault) = Vault::read(&value) {
                    self.vaults.push(vault);
                } else if let Err(what) = self.azure.add_azure(&value) {
                    self.unread.push(format!("{origin}: {what}"));
                }
            }
        }
    }

    /// Reads a log, which is called `name`.
    pub(crate) fn log(&mut self, name: &str, mut file: impl Read) {
        let mut end = Vec::new();
        let mut chunk = vec![0; LOG];
        let read = loop {
            match file.read(&mut chunk) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    end.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    let surplus = end.len().saturating_sub(LOG);
                    end.drain(..surplus);
                }
                Err(error) => break Err(error),
            }
        };
        match read {
            Ok(()) => {
                let text = String::from_utf8_lossy(&end).into_owned();
                self.logs.insert(LogOf::File(name.to_owned()), Ok(text));
            }
            Err(error) => self.unread.push(format!("{name}: cannot be read: {error}")),
        }
    }
}
