//! What is put into mappings and lists, and what is noted of those that were empty.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Draft;
use crate::operator::edit::{Edit, Path, Step, get, is_empty, join};
use crate::operator::inject::{Diagnostic, record::INJECTED};

impl Draft<'_> {
    /// Annotations and labels. The record is one of the annotations, so what is empty here is noted before it is written.
    pub(super) fn metadata(&mut self, annotations: BTreeMap<String, Value>, labels: BTreeMap<String, Value>) {
        let metadata = join(&[], "metadata");
        let used = [("annotations", true), ("labels", !labels.is_empty())];
        let bare = get(self.template, &metadata).is_none_or(is_empty);
        if bare {
            self.note_if_empty(&metadata);
        } else {
            for (key, _) in used.into_iter().filter(|(_, used)| *used) {
                self.note_if_empty(&join(&metadata, key));
            }
        }
        let mut all = annotations;
        all.insert(INJECTED.to_owned(), json!(self.record.text()));
        if bare {
            let mut parts = vec![("annotations".to_owned(), json!(all))];
            if !labels.is_empty() {
                parts.push(("labels".to_owned(), json!(labels)));
            }
            self.entries(&[], "metadata", parts);
            return;
        }
        self.entries(&metadata, "annotations", all.into_iter().collect());
        if !labels.is_empty() {
            self.entries(&metadata, "labels", labels.into_iter().collect());
        }
    }

    /// Adds `entries` to the mapping `key` of the mapping at `parent`.
    pub(super) fn entries(&mut self, parent: &[Step], key: &str, entries: Vec<(String, Value)>) {
        let at = join(parent, key);
        match get(self.template, &at) {
            None => {
                let value = Value::Object(entries.into_iter().collect());
                self.edits
                    .push(Edit::Add { at: parent.to_vec(), key: key.to_owned(), value });
            }
            Some(value) if is_empty(value) => {
                self.note_if_empty(&at);
                self.edits
                    .push(Edit::Fill { at, value: Value::Object(entries.into_iter().collect()) });
            }
            Some(_) => self
                .edits
                .extend(
                    entries
                        .into_iter()
                        .map(|(key, value)| Edit::Add { at: at.clone(), key, value }),
                ),
        }
    }

    /// Puts `items` at the front of the list `key` of the mapping at `parent`.
    pub(super) fn items(&mut self, parent: &[Step], key: &str, items: Vec<Value>) {
        if items.is_empty() {
            return;
        }
        let at = join(parent, key);
        match get(self.template, &at) {
            None => {
                let value = Value::Array(items);
                self.edits
                    .push(Edit::Add { at: parent.to_vec(), key: key.to_owned(), value });
            }
            Some(value) if is_empty(value) => {
                self.note_if_empty(&at);
                self.edits
                    .push(Edit::Fill { at, value: Value::Array(items) });
            }
            Some(Value::Array(_)) => self.edits.push(Edit::Prepend { at, items }),
            Some(_) => self
                .diagnostics
                .push(Diagnostic::new(at, format!("`{key}` must be a list"))),
        }
    }

    pub(super) fn note_if_empty(&mut self, at: &[Step]) {
        let Some(value) = get(self.template, at).filter(|value| is_empty(value)) else { return };
        let spelling = (self.spelling)(at).unwrap_or_else(|| format!(" {value}"));
        self.record.empty.insert(label(self.template, at), spelling);
    }
}

/// `path` with containers by their names, which stay when others come before them.
pub(in crate::operator::inject) fn label(template: &Value, path: &[Step]) -> String {
    let mut segments = Vec::new();
    for (depth, step) in path.iter().enumerate() {
        segments.push(match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => {
                let so_far: Path = path.get(..=depth).unwrap_or_default().to_vec();
                let name = get(template, &so_far).and_then(|item| item.get("name")?.as_str());
                name.map_or_else(|| index.to_string(), str::to_owned)
            }
        });
    }
    segments.join("/")
}
