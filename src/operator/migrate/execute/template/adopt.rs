//! Adopted pods: the webhook reads their identities from bindings, so the label stays until these are to go.

use serde_json::Value;

use super::{
    marks::{ADOPT, CLIENT_ID, MODE, TABLE},
    put::{set, table},
    restore::with_label,
};
use crate::operator::{
    inject::options::INJECT,
    migrate::execute::record::{Entry, Target},
    pod_identity::LABEL,
};

/// The template of pods into which the webhook puts wisp with an identity that they name themselves.
pub(crate) fn adopted_no_more(template: &Value, target: &Target) -> Value {
    let mut after = template.clone();
    set(&mut after, "labels", INJECT, Some("true"));
    set(&mut after, "annotations", MODE, target.mode.as_deref());
    set(&mut after, "annotations", CLIENT_ID, target.client_id.as_deref());
    set(&mut after, "annotations", TABLE, table(target).as_deref());
    set(&mut after, "labels", ADOPT, None);
    set(&mut after, "labels", LABEL, None);
    after
}

/// The template of pods that are adopted.
pub(crate) fn adopted(template: &Value, entry: &Entry) -> Value {
    let mut after = template.clone();
    for (map, key) in
        [("labels", INJECT), ("annotations", MODE), ("annotations", CLIENT_ID), ("annotations", TABLE)]
    {
        let before = entry
            .before
            .as_ref()
            .and_then(|before| before.get("metadata")?.get(map)?.get(key)?.as_str());
        set(&mut after, map, key, before);
    }
    set(&mut after, "labels", ADOPT, Some("true"));
    with_label(&after, entry.label.as_deref())
}
