//! AzurePodIdentityException: pods that ask the node's own endpoint.

use serde_json::{Map, Value};

use super::{ObjectName, fields::Fields};

/// The most labels that are read of one.
const MOST: usize = 100;

/// An AzurePodIdentityException.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AzurePodIdentityException {
    /// Its name.
    pub name: ObjectName,
    /// Labels of pods. One of them is enough.
    pub labels: Vec<(String, String)>,
}

impl AzurePodIdentityException {
    /// Reads `object`, which is called `name`; an error is the reason why nobody knows which pods it means.
    pub(crate) fn read(object: &Value, name: ObjectName) -> Result<Self, String> {
        let found = Fields::of(object)?.get("podLabels")?;
        let labels = match found {
            None => return Ok(Self { name, labels: Vec::new() }),
            Some(Value::Object(labels)) if labels.len() <= MOST => labels,
            Some(Value::Object(_)) => return Err(format!("`podLabels` has more than {MOST} labels")),
            Some(_) => return Err("`podLabels` must be a mapping of labels to their values".to_owned()),
        };
        let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let labels: Option<_> = labels.iter().map(text).collect();
        let labels = labels.ok_or("values in `podLabels` must be text; put them in quotes")?;
        Ok(Self { name, labels })
    }

    /// Whether it means a pod with `labels`: one that is the same is enough, and the value's case does not matter.
    pub(super) fn is_for(&self, labels: &Map<String, Value>) -> bool {
        self.labels.iter().any(|(key, value)| {
            labels
                .get(key)
                .and_then(Value::as_str)
                .is_some_and(|found| found.eq_ignore_ascii_case(value))
        })
    }
}
