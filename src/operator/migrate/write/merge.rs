//! What tells two objects apart, as a patch that makes one of the other: a strategic merge where Kubernetes knows the lists, else a
//! merge of mappings.

use serde_json::{Map, Value, json};

/// The lists whose items have a key, by their names; of all others a patch has the whole.
const KEYS: [(&str, &str); 6] = [
    ("containers", "name"),
    ("env", "name"),
    ("imagePullSecrets", "name"),
    ("initContainers", "name"),
    ("volumeMounts", "mountPath"),
    ("volumes", "name"),
];

/// The patch that makes `after` of `before`; none where they are the same.
pub(super) fn strategic(before: &Value, after: &Value) -> Option<Value> {
    difference(before, after, None)
}

/// `list_key` is the key of the items, where these are lists that have one.
fn difference(before: &Value, after: &Value, list_key: Option<&str>) -> Option<Value> {
    if before == after {
        return None;
    }
    match (before, after, list_key) {
        (Value::Object(before), Value::Object(after), _) => Some(Value::Object(fields(before, after))),
        (Value::Array(before), Value::Array(after), Some(key)) => Some(items(before, after, key)),
        _ => Some(after.clone()),
    }
}

fn fields(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in after {
        let list_key = KEYS.iter().find(|(list, _)| list == name);
        let changed = match before.get(name) {
            Some(earlier) => difference(earlier, value, list_key.map(|(_, key)| *key)),
            None => Some(value.clone()),
        };
        patch.extend(changed.map(|changed| (name.clone(), changed)));
    }
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    patch.extend(removed.map(|name| (name.clone(), before.get(name).map_or(Value::Null, nulls))));
    patch
}

/// What removes `value`, and of a mapping what is in it alone: others may have put more there.
fn nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let all = map.iter().map(|(key, value)| (key.clone(), nulls(value)));
            Value::Object(all.collect())
        }
        _ => Value::Null,
    }
}

fn items(before: &[Value], after: &[Value], key: &str) -> Value {
    if !is_keyed(before, key) || !is_keyed(after, key) {
        let replaced = json!({"$patch": "replace"});
        return std::iter::once(replaced)
            .chain(after.iter().cloned())
            .collect();
    }
    let find = |list: &[Value], name: &Value| {
        list.iter()
            .find(|item| item.get(key) == Some(name))
            .cloned()
    };
    let mut patch = Vec::new();
    for item in after {
        let name = item.get(key).unwrap_or(&Value::Null);
        match find(before, name) {
            None => patch.push(item.clone()),
            Some(earlier) => {
                if let Some(mut changed) = difference(&earlier, item, None) {
                    if let Some(map) = changed.as_object_mut() {
                        map.insert(key.to_owned(), name.clone());
                    }
                    patch.push(changed);
                }
            }
        }
    }
    let removed = before.iter().filter_map(|item| item.get(key));
    let removed = removed.filter(|name| find(after, name).is_none());
    patch.extend(removed.map(|name| json!({"$patch": "delete", key: name})));
    Value::Array(patch)
}

/// Whether each item has a `key` of its own.
fn is_keyed(list: &[Value], key: &str) -> bool {
    let mut seen: Vec<&Value> = Vec::new();
    list.iter().all(|item| match item.get(key) {
        Some(name) if !seen.contains(&name) => {
            seen.push(name);
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::strategic;

    #[test]
    fn a_patch_has_what_differs() {
        let before = json!({
            "same": 1, "gone": {"a": 1}, "old": [1], "list": [1],
            "containers": [{"name": "app", "image": "a", "env": [{"name": "OLD", "value": "1"}]}, {"name": "old"}],
        });
        let after = json!({
            "same": 1, "new": {"b": 2}, "list": [1, 2],
            "containers": [
                {"name": "wisp", "image": "w"},
                {"name": "app", "image": "a", "env": [{"name": "NEW", "value": "2"}, {"name": "OLD", "value": "1"}]},
            ],
        });
        insta::assert_snapshot!(format!("{:#}", strategic(&before, &after).unwrap()), @r#"
        {
          "containers": [
            {
              "image": "w",
              "name": "wisp"
            },
            {
              "env": [
                {
                  "name": "NEW",
                  "value": "2"
                }
              ],
              "name": "app"
            },
            {
              "$patch": "delete",
              "name": "old"
            }
          ],
          "gone": {
            "a": null
          },
          "list": [
            1,
            2
          ],
          "new": {
            "b": 2
          },
          "old": null
        }
        "#);
        assert_eq!(strategic(&before, &before), None);
    }

    /// Variables may be there twice; no key tells them apart.
    #[test]
    fn lists_without_keys_are_replaced() {
        let env = |value: &str| json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": value}]});
        assert_eq!(
            strategic(&env("1"), &env("2")),
            Some(
                json!({"env": [{"$patch": "replace"}, {"name": "A", "value": "1"}, {"name": "A", "value": "2"}]})
            )
        );
    }
}
