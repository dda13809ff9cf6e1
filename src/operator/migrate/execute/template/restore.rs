//! A pod template as it was before.

use serde_json::Value;

use super::{fingerprint, put::set};
use crate::operator::{
    edit::apply,
    inject::uninject,
    migrate::{choices::WRITTEN, execute::record::Entry},
    pod_identity::LABEL,
};

/// The template without wisp and with the account and the label that it had. What others changed since stays.
pub(crate) fn restored(template: &Value, entry: &Entry) -> Result<Value, String> {
    if let (Some(before), Some(written)) = (&entry.before, &entry.written)
        && fingerprint(template) == *written
    {
        return Ok(before.clone());
    }
    let mut after = template.clone();
    if let Some(edits) = uninject(template).map_err(|diagnostic| diagnostic.text)? {
        apply(&mut after, &edits).ok_or("wisp cannot be taken out of it: it was changed by hand")?;
    }
    if let Some(before) = &entry.before {
        for (map, key) in WRITTEN {
            let was = before
                .get("metadata")
                .and_then(|metadata| metadata.get(map)?.get(key)?.as_str());
            set(&mut after, map, key, was);
        }
        restore_account(&mut after, before);
    } else {
        super::put::set_account(&mut after, &entry.target.current_account);
    }
    Ok(with_label(&after, entry.label.as_deref()))
}

/// The template without the label of pod-managed identity.
pub(crate) fn without_label(template: &Value) -> Value {
    let mut after = template.clone();
    set(&mut after, "labels", LABEL, None);
    after
}

/// The template with the label that it had.
pub(crate) fn with_label(template: &Value, label: Option<&str>) -> Value {
    let mut after = template.clone();
    if label.is_some() {
        set(&mut after, "labels", LABEL, label);
    }
    after
}

fn restore_account(after: &mut Value, before: &Value) {
    let Some(spec) = after.get_mut("spec").and_then(Value::as_object_mut) else { return };
    for key in ["serviceAccountName", "serviceAccount"] {
        match before.pointer("/spec").and_then(|spec| spec.get(key)) {
            Some(name) => drop(spec.insert(key.to_owned(), name.clone())),
            None => drop(spec.remove(key)),
        }
    }
}
