//! What is the same to an API server: a pod that differs in nothing else is not rolled.

use serde_json::Value;

use super::{defaults::is_default, options::Mode, quantity::Quantity, record::INJECTED};
use crate::operator::{edit::is_empty, manifest::difference::Side};

/// Whether two values at `path` are one to an API server.
pub(crate) fn is_same(path: &str, before: Side<'_>, after: Side<'_>) -> bool {
    if before.value == after.value || (is_bare(path, before) && is_bare(path, after)) {
        return true;
    }
    let (Some(before), Some(after)) = (before.value, after.value) else { return false };
    if path.ends_with(INJECTED) {
        return essence(before).is_some_and(|record| Some(record) == essence(after));
    }
    let amounts = path.contains(".resources.requests.") || path.contains(".resources.limits.");
    amounts && Quantity::read(before).is_some_and(|amount| Some(amount) == Quantity::read(after))
}

/// Whether nothing is there, or what an API server puts there.
fn is_bare(path: &str, side: Side<'_>) -> bool {
    side.value.is_none_or(|value| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        is_empty(value) || is_default(&format!(".{path}"), &text, side.parent)
    })
}

/// The record of an injection without what changes nothing in the pod: the version of who made it, and the name that the mode
/// had by then.
fn essence(record: &Value) -> Option<Value> {
    let mut record: Value = serde_json::from_str(record.as_str()?).ok()?;
    let fields = record.as_object_mut()?;
    fields.remove("version");
    if let Some(mode) = fields.get_mut("mode")
        && let Some(known) = mode.as_str().and_then(Mode::parse)
    {
        *mode = known.name().into();
    }
    Some(record)
}
