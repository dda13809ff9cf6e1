//! A part of a manifest as a list of its single values.

use serde_json::Value;

use crate::operator::edit::{Path, Step, join};

/// A single value.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The name of the added item it is in.
    pub item: String,
    /// Its path, with items of lists by their names where they have one, so that their order does not matter.
    pub path: Vec<String>,
    /// Its path with items by their numbers.
    pub at: Path,
    /// The value, in the one spelling that API servers give it.
    pub value: String,
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.value == other.value
    }
}

/// All single values of `addition`. What is empty counts as not there, as it does for API servers.
pub(super) fn leaves(addition: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    gather(addition, &mut Vec::new(), &Path::new(), &mut found);
    let item = name_of(addition).unwrap_or_default();
    for leaf in &mut found {
        item.clone_into(&mut leaf.item);
    }
    found
}

/// A path as users write it.
pub(super) fn display(path: &[String]) -> String {
    path.join(".").replace(".[", "[")
}

fn gather(value: &Value, path: &mut Vec<String>, at: &Path, found: &mut Vec<Leaf>) {
    match value {
        Value::Null => {}
        Value::Object(map) => {
            for (key, value) in map {
                path.push(key.clone());
                gather(value, path, &join(at, Step::Key(key.clone())), found);
                path.pop();
            }
        }
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                path.push(name_of(item).map_or_else(|| format!("[{index}]"), |name| format!("[{name}]")));
                gather(item, path, &join(at, Step::Index(index)), found);
                path.pop();
            }
        }
        Value::String(text) if text.is_empty() => {}
        value => {
            let value = if is_quantity(path) { quantity(value) } else { scalar(value) };
            found.push(Leaf { item: String::new(), path: path.clone(), at: at.clone(), value });
        }
    }
}

fn name_of(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}

fn scalar(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn is_quantity(path: &[String]) -> bool {
    matches!(path, [first, second, ..] if first == "resources" && ["limits", "requests"].contains(&second.as_str()))
}

/// An amount in thousandths: `0.1` and `100m` are one, and so are `1Gi` and `1024Mi`.
fn quantity(value: &Value) -> String {
    const UNITS: [(&str, f64); 10] = [
        ("m", 0.001),
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("", 1.0),
    ];
    let text = scalar(value);
    let amount = UNITS.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    });
    amount.map_or(text, |amount| format!("{:.0}", amount * 1000.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{display, leaves};

    #[test]
    fn items_are_found_by_their_names() {
        let addition = json!({"name": "wisp", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}], "args": ["x"], "none": {}});
        let found: Vec<_> = leaves(&addition)
            .iter()
            .map(|leaf| format!("{}={}", display(&leaf.path), leaf.value))
            .collect();
        assert_eq!(found, ["args[0]=x", "env[A].name=A", "env[A].value=1", "env[B].name=B", "name=wisp"]);
    }

    #[test]
    fn amounts_have_one_spelling() {
        let amount = |text: &str| {
            leaves(&json!({"resources": {"limits": {"x": text}}}))[0]
                .value
                .clone()
        };
        for (a, b) in [("0.1", "100m"), ("1000m", "1"), ("1Gi", "1024Mi"), ("1k", "1000")] {
            assert_eq!(amount(a), amount(b));
        }
        assert_eq!(amount("much"), "much");
    }
}
