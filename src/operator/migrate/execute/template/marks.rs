//! By what the state of a pod template, or of a pod, is seen.

use serde_json::Value;

use crate::operator::{
    inject::{options::INJECT, record::INJECTED, webhook::USE_LABEL},
    migrate::choices::ADOPT,
    pod_identity::LABEL,
};

/// What is looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Marks {
    /// The service account.
    pub account: String,
    /// The label of pod-managed identity.
    pub label: Option<String>,
    /// The record of an injection.
    pub injected: Option<String>,
    /// Labels that have others put wisp in, or workload identity.
    pub inject: Option<String>,
    pub adopt: Option<String>,
    pub native: Option<String>,
}

impl Marks {
    /// Those of `template`.
    pub(crate) fn of(template: &Value) -> Self {
        let text = |at: [&str; 3]| {
            let found = template.get(at[0])?.get(at[1])?.get(at[2])?.as_str()?;
            Some(found.to_owned())
        };
        let label = |key| text(["metadata", "labels", key]);
        let account = template
            .pointer("/spec/serviceAccountName")
            .and_then(Value::as_str);
        Self {
            account: account
                .filter(|name| !name.is_empty())
                .unwrap_or("default")
                .to_owned(),
            // An empty one asks for nothing.
            label: label(LABEL).filter(|value| !value.is_empty()),
            injected: text(["metadata", "annotations", INJECTED]),
            inject: label(INJECT),
            adopt: label(ADOPT),
            native: label(USE_LABEL),
        }
    }

    /// Whether a pod with these marks is from before its template had `template`'s.
    pub(crate) fn is_older_than(&self, template: &Self) -> bool {
        // The webhook writes the record of its injections into pods, and not into templates.
        let by_others = template.inject.is_some() || template.adopt.is_some();
        let same_record = by_others || self.injected == template.injected;
        !same_record
            || (&self.account, &self.label, &self.inject, &self.adopt, &self.native)
                != (&template.account, &template.label, &template.inject, &template.adopt, &template.native)
    }
}
