//! Objects as YAML. Expressions of several lines stand as such, for people to read.

use serde_json::{Map, Value};

use crate::operator::manifest::render::{self, inline};

/// Keys that people expect first, in this order; the others follow alphabetically.
const FIRST: [&str; 8] =
    ["apiVersion", "kind", "metadata", "name", "key", "operator", "expression", "policyName"];

/// A document.
pub(super) fn document(object: &Value) -> String {
    match object {
        Value::Object(map) => entries(map, 0),
        other => inline(other),
    }
}

fn entries(map: &Map<String, Value>, column: usize) -> String {
    let rank = |key: &str| {
        FIRST
            .iter()
            .position(|first| *first == key)
            .unwrap_or(FIRST.len())
    };
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| (rank(key), *key));
    entries
        .into_iter()
        .map(|(key, value)| entry(key, value, column))
        .collect()
}

fn entry(key: &str, value: &Value, column: usize) -> String {
    let rest = match value {
        Value::Object(map) if !map.is_empty() => format!("\n{}", entries(map, column + 2)),
        Value::Array(list) if list.iter().any(Value::is_object) => format!("\n{}", items(list, column)),
        Value::String(text) if text.contains('\n') => format!(" |-\n{}", indented(text, column + 2)),
        other => format!(" {}\n", inline(other)),
    };
    format!("{:column$}{}:{rest}", "", render::scalar(key))
}

fn items(list: &[Value], column: usize) -> String {
    let item = |item: &Value| match item {
        Value::Object(map) => {
            let text = entries(map, column + 2);
            format!("{:column$}- {}", "", text.trim_start_matches(' '))
        }
        other => format!("{:column$}- {}\n", "", inline(other)),
    };
    list.iter().map(item).collect()
}

/// `text` with each of its lines at `column`.
fn indented(text: &str, column: usize) -> String {
    let margin = " ".repeat(column);
    text.lines()
        .flat_map(|line| [margin.as_str(), line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;
    use crate::operator::manifest::values;

    #[test]
    fn expressions_are_read_back_as_they_are() {
        let object = json!({
            "kind": "X", "apiVersion": "a/v1",
            "spec": {"variables": [{"expression": "a ?\n  'b' : \"c\"", "name": "x"}], "verbs": ["CREATE"], "groups": [""], "none": {}},
        });
        let text = document(&object);
        insta::assert_snapshot!(text, @r#"
        apiVersion: a/v1
        kind: X
        spec:
          groups: [""]
          none: {}
          variables:
          - name: x
            expression: |-
              a ?
                'b' : "c"
          verbs: [CREATE]
        "#);
        assert_eq!(values::read(&text).unwrap().0, object);
    }
}
