//! What is the same to an API server: a pod that differs in nothing else is not rolled.

use serde_json::Value;

use super::{options::Mode, quantity::Quantity, record::INJECTED};
use crate::operator::edit::is_empty;

/// Fields that an API server fills in where they are not there. They stand in what was read back from a cluster.
const DEFAULTS: [(&str, &str); 6] = [
    ("apiVersion", "\"v1\""),
    ("defaultMode", "420"),
    ("protocol", "\"TCP\""),
    ("successThreshold", "1"),
    ("terminationMessagePath", "\"/dev/termination-log\""),
    ("timeoutSeconds", "1"),
];

/// Whether two values at `place` are one to an API server.
pub(crate) fn is_same(path: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
    let key = path.rsplit('.').next().unwrap_or_default();
    let bare = |value: Option<&Value>| {
        value.is_none_or(|value| {
            is_empty(value)
                || DEFAULTS.iter().any(|(name, default)| {
                    *name == key
                        && serde_json::from_str::<Value>(default).is_ok_and(|default| default == *value)
                })
        })
    };
    if before == after || (bare(before) && bare(after)) {
        return true;
    }
    let (Some(before), Some(after)) = (before, after) else { return false };
    if path.ends_with(INJECTED) {
        return essence(before).is_some_and(|record| Some(record) == essence(after));
    }
    let amounts = path.contains(".resources.requests.") || path.contains(".resources.limits.");
    amounts && Quantity::read(before).is_some_and(|amount| Some(amount) == Quantity::read(after))
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
