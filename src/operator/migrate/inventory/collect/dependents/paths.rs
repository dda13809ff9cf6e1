//! Places in objects of others.

use std::fmt::Write as _;

use serde_json::Value;

use crate::operator::manifest::values;

/// Everything at `path` of `value`, where `*` is each item of a list or each value of a mapping.
pub(crate) fn at_all<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for key in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match (key, value) {
                ("*", Value::Array(items)) => items.iter().collect(),
                ("*", Value::Object(map)) => map.values().collect(),
                (key, value) => value.get(key).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    found
}

/// The first text at `path` of `value`; numbers and booleans are text to whoever reads them leniently.
pub(crate) fn text_at(value: &Value, path: &str) -> Option<String> {
    at_all(value, path)
        .into_iter()
        .find_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            _ => None,
        })
}

/// The documents in the `array` of the `objects` of a SecretProviderClass: a text of YAML with a list of texts of YAML.
pub(crate) fn texts_of(objects: &str) -> Vec<Value> {
    let Ok((outer, _)) = values::read(objects) else { return Vec::new() };
    let items = outer.get("array").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| match item {
            Value::String(text) => values::read(text).ok().map(|(value, _)| value),
            value => Some(value.clone()),
        })
        .collect()
}

/// The deepest place looked at.
const DEEPEST: usize = 32;

/// Calls `see` with each mapping in `value`, and the path to it.
pub(crate) fn each_map<'a>(value: &'a Value, see: &mut impl FnMut(&str, &'a serde_json::Map<String, Value>)) {
    walk(value, &mut String::new(), 0, see);
}

fn walk<'a>(
    value: &'a Value,
    path: &mut String,
    depth: usize,
    see: &mut impl FnMut(&str, &'a serde_json::Map<String, Value>),
) {
    if depth > DEEPEST {
        return;
    }
    let length = path.len();
    match value {
        Value::Object(map) => {
            see(path, map);
            for (key, value) in map {
                if value.is_object() || value.is_array() {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    walk(value, path, depth + 1, see);
                    path.truncate(length);
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let _ = write!(path, "[{index}]");
                walk(value, path, depth + 1, see);
                path.truncate(length);
            }
        }
        _ => {}
    }
}
