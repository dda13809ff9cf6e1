//! Dumps, read one object after the other.

use std::io::{BufReader, Read};

use serde_json::Value;

use super::{azure, facts::Facts, kubernetes};
use crate::operator::{
    manifest::items::{EMPTY, Item, each},
    migrate::inventory::{Progress, Reader, Request, model::Origin},
};

/// The labels of namespaces that name their environment, unless the user names another.
pub(crate) const ENVIRONMENT_LABELS: [&str; 2] = ["environment", "env"];

/// What is being read.
pub(crate) struct Reading {
    pub(super) facts: Facts,
    pub(super) pods: Reader,
    /// The labels of namespaces that name their environment.
    labels: Vec<String>,
}

impl Reading {
    /// Nothing is read yet. `issuer` is the cluster's, where that is known, and `label` that of namespaces that names their environment.
    pub(crate) fn new(issuer: Option<&str>, label: Option<&str>, progress: Progress) -> Self {
        let labels = match label {
            Some(label) => vec![label.to_owned()],
            None => ENVIRONMENT_LABELS.map(str::to_owned).to_vec(),
        };
        let pods = Reader::new(Request::default(), progress);
        Self { facts: Facts::of(issuer), pods, labels }
    }

    /// Reads a file, which is called `name`.
    pub(crate) fn file(&mut self, name: &str, file: impl Read) {
        let has_content = each(BufReader::new(file), |Item { line, content }| {
            let origin = Origin { source: name.to_owned(), line: Some(line) };
            match content {
                Ok(value) => self.add(&origin, &value),
                Err(unreadable) => {
                    let line = unreadable.diagnostic.line.unwrap_or(line);
                    self.fail(format!("{name}:{line}: {}", unreadable.diagnostic.text));
                }
            }
        });
        if !has_content {
            self.fail(format!("{name}: {EMPTY}"));
        }
    }

    /// Notes what could not be read.
    pub(crate) fn fail(&mut self, text: String) {
        self.facts.unread.push(text);
    }

    /// All that was read.
    pub(crate) fn finish(self) -> Facts {
        let Self { mut facts, pods, .. } = self;
        facts.usage = pods.usage();
        let unread = std::mem::take(&mut facts.usage.unread);
        facts.unread.extend(
            unread
                .into_iter()
                .map(|unread| format!("{}: {}", unread.origin, unread.reason)),
        );
        facts
    }

    /// Takes in an object that was read at `origin`.
    pub(super) fn add(&mut self, origin: &Origin, value: &Value) {
        // Lists of the Azure CLI as YAML.
        if let Value::Array(items) = value {
            for item in items {
                self.add(origin, item);
            }
            return;
        }
        let is_of_cluster =
            value.get("kind").is_some_and(Value::is_string) && value.get("apiVersion").is_some();
        let done =
            if is_of_cluster { self.add_object(origin, value) } else { azure::add(&mut self.facts, value) };
        if let Err(what) = done {
            self.fail(format!("{origin}: {what}"));
        }
    }

    /// Takes in an object of Kubernetes, or of wisp.
    fn add_object(&mut self, origin: &Origin, value: &Value) -> Result<(), String> {
        if self.facts.evidence.kubernetes(value)? {
            return Ok(());
        }
        kubernetes::add(&mut self.facts, value, &self.labels)?;
        self.pods.take(value, origin);
        Ok(())
    }
}
