//! Adopted pods: the webhook reads their identities from bindings, so the label stays until these are to go.

use serde_json::Value;

use super::{
    put::{annotate, choices, set},
    restore::with_label,
};
use crate::operator::{
    inject::{Options, options::INJECT},
    migrate::{
        choices::{ADOPT, WRITTEN},
        execute::record::{Entry, Target},
        plan::Road,
    },
    pod_identity::LABEL,
};

/// The template of pods in `namespace` into which the webhook puts wisp with an identity that they name themselves.
pub(crate) fn adopted_no_more(
    template: &Value,
    target: &Target,
    namespace: &str,
    options: &Options,
) -> Value {
    let mut after = template.clone();
    set(&mut after, "labels", INJECT, Some("true"));
    annotate(&mut after, &choices(target, namespace, options), Road::Adopt);
    set(&mut after, "labels", ADOPT, None);
    set(&mut after, "labels", LABEL, None);
    after
}

/// The template of pods that are adopted.
pub(crate) fn adopted(template: &Value, entry: &Entry) -> Value {
    let mut after = template.clone();
    for (map, key) in WRITTEN {
        let before = entry
            .before
            .as_ref()
            .and_then(|before| before.get("metadata")?.get(map)?.get(key)?.as_str());
        set(&mut after, map, key, before);
    }
    set(&mut after, "labels", ADOPT, Some("true"));
    with_label(&after, entry.label.as_deref())
}
