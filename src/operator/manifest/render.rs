//! Values as text: YAML in blocks, or JSON, which is YAML in one line.

use serde_json::{Map, Value};

/// Keys that people expect first, in this order; the others follow alphabetically.
const FIRST: [&str; 12] = [
    "name",
    "image",
    "imagePullPolicy",
    "restartPolicy",
    "command",
    "args",
    "env",
    "value",
    "valueFrom",
    "ports",
    "annotations",
    "labels",
];

/// How a file is indented.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Layout {
    /// Columns from a key to the keys below it.
    pub step: usize,
    /// Columns from a key to the dashes below it.
    pub dash: usize,
}

/// `value`, an object, as a document.
pub(crate) fn object(value: &Value) -> String {
    // In the order in which people look for them.
    const FIRST: [&str; 3] = ["apiVersion", "kind", "metadata"];
    const LAYOUT: Layout = Layout { step: 2, dash: 0 };
    let Some(map) = value.as_object() else { return String::new() };
    let first = FIRST.iter().filter_map(|key| map.get_key_value(*key));
    let others = map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
    first
        .chain(others)
        .map(|(key, value)| entry(key, value, 0, LAYOUT, "\n"))
        .collect()
}

/// `value` of a key at `column` as lines below it, each ended by `eol`.
pub(crate) fn block(value: &Value, column: usize, layout: Layout, eol: &str) -> String {
    match value {
        Value::Object(map) => entries(map, column + layout.step, layout, eol),
        Value::Array(list) => items(list, column + layout.dash, layout, eol),
        _ => String::new(),
    }
}

/// `key: value` at `column`, as lines.
pub(crate) fn entry(key: &str, value: &Value, column: usize, layout: Layout, eol: &str) -> String {
    let key = scalar(key);
    let rest = if spread(value) {
        format!("{eol}{}", block(value, column, layout, eol))
    } else {
        format!(" {}{eol}", inline(value))
    };
    format!("{:column$}{key}:{rest}", "")
}

/// `items` with their dashes at `column`, as lines.
pub(crate) fn items(items: &[Value], column: usize, layout: Layout, eol: &str) -> String {
    let inner = column + 2;
    let line = |item: &Value| match item {
        Value::Object(map) if !map.is_empty() => {
            let text = entries(map, inner, layout, eol);
            format!("{:column$}- {}", "", text.trim_start_matches(' '))
        }
        other => format!("{:column$}- {}{eol}", "", inline(other)),
    };
    items.iter().map(line).collect()
}

fn entries(map: &Map<String, Value>, column: usize, layout: Layout, eol: &str) -> String {
    ordered(map)
        .into_iter()
        .map(|(key, value)| entry(key, value, column, layout, eol))
        .collect()
}

/// Whether `value` takes lines of its own. Lists of plain words do not: `drop: [ALL]`.
fn spread(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => list.iter().any(|item| item.is_object() || item.is_array()),
        _ => false,
    }
}

fn ordered(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let rank = |key: &str| {
        FIRST
            .iter()
            .position(|first| *first == key)
            .unwrap_or(FIRST.len())
    };
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| (rank(key), *key));
    entries
}

/// `value` in one line, as YAML that need not be JSON.
pub(crate) fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(list) => {
            let items: Vec<_> = list.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        other => json(other),
    }
}

/// `value` in one line of JSON, with its keys in the order that people expect.
pub(crate) fn json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<_> = ordered(map)
                .into_iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), json(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(list) => {
            let items: Vec<_> = list.iter().map(json).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// `value` as JSON over several lines; the first one starts where the caller is, the others at `indent`, deeper by `unit`.
pub(crate) fn pretty_json(value: &Value, indent: &str, unit: &str, eol: &str) -> String {
    let inner = format!("{indent}{unit}");
    let parts: Vec<_> = match value {
        Value::Object(map) if !map.is_empty() => ordered(map)
            .into_iter()
            .map(|(key, value)| format!("{}: {}", quoted(key), pretty_json(value, &inner, unit, eol)))
            .collect(),
        Value::Array(list) if !list.is_empty() => list
            .iter()
            .map(|item| pretty_json(item, &inner, unit, eol))
            .collect(),
        other => return json(other),
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    let body = parts.join(&format!(",{eol}{inner}"));
    format!("{open}{eol}{inner}{body}{eol}{indent}{close}")
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// `text` as a YAML scalar: plain where every YAML reader takes it for this text, quoted elsewhere.
pub(crate) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let printable = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if text.contains('"') && printable {
        return format!("'{}'", text.replace('\'', "''"));
    }
    quoted(text)
}

fn is_plain(text: &str) -> bool {
    const RESERVED: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let quantity = || {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < text.len() && ["m", "k", "M", "G", "Ki", "Mi", "Gi"].contains(&digits)
    };
    let word = || {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_./:-".contains(c))
            && !text.ends_with(':')
            && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
    };
    word() || quantity()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Layout, entry, items, pretty_json, scalar};

    const NARROW: Layout = Layout { step: 2, dash: 0 };

    #[test]
    fn yaml_looks_as_people_write_it() {
        let value = json!([{"env": [{"value": "true", "name": "A"}], "args": ["serve"], "name": "w", "port": 1, "e": {}}]);
        insta::assert_snapshot!(entry("containers", &value, 2, NARROW, "\n"), @r#"
          containers:
          - name: w
            args: [serve]
            env:
            - name: A
              value: "true"
            e: {}
            port: 1
        "#);
        insta::assert_snapshot!(entry("containers", &value, 0, Layout { step: 4, dash: 2 }, "\n"), @r#"
        containers:
          - name: w
            args: [serve]
            env:
              - name: A
                value: "true"
            e: {}
            port: 1
        "#);
        assert_eq!(items(&[json!("a b"), json!(1)], 1, NARROW, "\r\n"), " - \"a b\"\r\n - 1\r\n");
    }

    #[test]
    fn json_looks_as_people_write_it() {
        insta::assert_snapshot!(pretty_json(&json!({"name": "x", "a": [], "l": [1, {"b": null}]}), "  ", "  ", "\n"), @r#"
        {
            "name": "x",
            "a": [],
            "l": [
              1,
              {
                "b": null
              }
            ]
          }
        "#);
    }

    #[test]
    fn scalars_are_quoted_where_readers_differ() {
        let shown: Vec<_> = [
            "a",
            "true",
            "No",
            "1",
            "100m",
            "1e3",
            "",
            "a: b",
            "{\"a\":1}",
            "é",
            "http://h:1",
            "x:",
            "-",
            "~",
        ]
        .map(scalar)
        .into();
        insta::assert_snapshot!(shown.join(" "), @r#"a "true" "No" "1" 100m "1e3" "" "a: b" '{"a":1}' "é" http://h:1 "x:" "-" "~""#);
    }
}
