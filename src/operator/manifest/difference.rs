//! What differs between a pod before and after, for an API server: not for people who read its text.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::operator::inject::{options::Mode, quantity::Quantity, record::INJECTED};

/// Fields that an API server fills in where they are not there. They stand in what was read back from a cluster.
const DEFAULTS: [(&str, &str); 6] = [
    ("apiVersion", "\"v1\""),
    ("defaultMode", "420"),
    ("protocol", "\"TCP\""),
    ("successThreshold", "1"),
    ("terminationMessagePath", "\"/dev/termination-log\""),
    ("timeoutSeconds", "1"),
];

/// The most places that are named.
const MOST: usize = 5;

/// The places that differ, in words; none when nothing does.
pub(super) fn difference(before: &Value, after: &Value) -> Option<String> {
    let mut places = Vec::new();
    compare("", Some(before), Some(after), &mut places);
    let more = places.len().saturating_sub(MOST);
    places.truncate(MOST);
    let named = places.join(", ");
    match (places.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named),
        (false, more) => Some(format!("{named} and {more} more")),
    }
}

fn compare(place: &str, before: Option<&Value>, after: Option<&Value>, places: &mut Vec<String>) {
    if is_same(place, before, after) {
        return;
    }
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for key in keys {
                compare(&below(key), old.get(key), new.get(key), places);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => match (names(old), names(new)) {
            (Some(old_names), Some(new_names)) if in_order(&old_names, &new_names) => {
                let all: BTreeSet<_> = old_names.iter().chain(&new_names).collect();
                for name in all {
                    let item = |list: &[&str], items: &[Value]| {
                        let index = list.iter().position(|other| other == name)?;
                        items.get(index).cloned()
                    };
                    let (one, two) = (item(&old_names, old), item(&new_names, new));
                    compare(&below(name), one.as_ref(), two.as_ref(), places);
                }
            }
            _ if old.len() == new.len() && names(old).is_none() => {
                for (number, (one, two)) in old.iter().zip(new).enumerate() {
                    compare(&format!("{place}[{number}]"), Some(one), Some(two), places);
                }
            }
            _ => places.push(place.to_owned()),
        },
        _ => places.push(place.to_owned()),
    }
}

/// Whether two values at `place` are one to an API server.
fn is_same(place: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
    let key = place.rsplit('.').next().unwrap_or_default();
    let bare = |value: Option<&Value>| {
        value.is_none_or(|value| {
            crate::operator::edit::is_empty(value)
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
    if place.ends_with(INJECTED) {
        return essence(before).is_some_and(|record| Some(record) == essence(after));
    }
    let amounts = place.contains(".resources.requests.") || place.contains(".resources.limits.");
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

/// The names of the items, if all have one and no two the same.
fn names(list: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<_> = list
        .iter()
        .map(|item| item.get("name")?.as_str())
        .collect::<Option<_>>()?;
    let distinct: BTreeSet<_> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

/// Whether what both lists have stands in the same order in both.
fn in_order(one: &[&str], two: &[&str]) -> bool {
    let common = |list: &[&str], other: &[&str]| {
        list.iter()
            .filter(|name| other.contains(name))
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    common(one, two) == common(two, one)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::difference;

    fn pod(record: &str, container: &Value) -> Value {
        json!({"metadata": {"annotations": {"wisp/injected": record}}, "spec": {"initContainers": [container]}})
    }

    #[test]
    fn what_an_api_server_would_not_see_is_no_difference() {
        let written = json!({"name": "wisp", "resources": {"requests": {"cpu": "100m"}}, "livenessProbe": {"timeoutSeconds": 3},
            "ports": [{"name": "a", "containerPort": 1, "protocol": "TCP"}]});
        let read = json!({"name": "wisp", "resources": {"requests": {"cpu": 0.1}, "limits": {}}, "terminationMessagePath": "/dev/termination-log",
            "livenessProbe": {"timeoutSeconds": 3, "successThreshold": 1}, "ports": [{"name": "a", "containerPort": 1}], "env": null});
        let (old, new) = (r#"{"mode":"env","version":"0.1.0"}"#, r#"{"mode":"env","version":"0.2.0"}"#);
        assert_eq!(difference(&pod(old, &read), &pod(new, &written)), None);
    }

    #[test]
    fn what_differs_is_named() {
        let of = |image: &str, period: u32| {
            json!({"name": "wisp", "image": image, "livenessProbe": {"periodSeconds": period},
                "env": [{"name": "A", "value": image}, {"name": "B", "value": "b"}]})
        };
        let record = |mode: &str| json!({"mode": mode}).to_string();
        let changed = difference(&pod(&record("env"), &of("a", 1)), &pod(&record("manual"), &of("b", 1)));
        insta::assert_snapshot!(changed.unwrap(), @"metadata.annotations.wisp/injected, spec.initContainers.wisp.env.A.value, spec.initContainers.wisp.image");
        let many = |value: u32| json!({"spec": {"a": value, "b": value, "c": value, "d": value, "e": value, "f": value}});
        insta::assert_snapshot!(difference(&many(1), &many(2)).unwrap(), @"spec.a, spec.b, spec.c, spec.d, spec.e and 1 more");
        let order = |first: &str, second: &str| json!({"env": [{"name": first}, {"name": second}]});
        assert_eq!(difference(&order("A", "B"), &order("B", "A")), Some("env".to_owned()));
        assert_eq!(difference(&json!({"timeoutSeconds": 3}), &json!({})), Some("timeoutSeconds".to_owned()));
        assert_eq!(
            difference(&json!({"args": ["a"]}), &json!({"args": ["a", "b"]})),
            Some("args".to_owned())
        );
    }
}
