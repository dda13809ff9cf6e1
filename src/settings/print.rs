//! The effective values, each with where it came from.

use figment::value::{Dict, Value};

use super::{
    Layers,
    keys::{IDENTITIES, KEYS, Key},
    layers::text,
    problem::public,
};

/// Every setting as one line `key = value  # source`, secrets hidden. The text is itself a valid settings file.
pub fn print(layers: &Layers) -> String {
    let mut lines = String::new();
    for key in KEYS.iter().filter(|key| key.name != IDENTITIES.name) {
        match layers.get(key) {
            Some(found) => {
                lines.push_str(&format!("{} = {}  # {}\n", key.name, shown(key, found.value), found.origin))
            }
            None => lines.push_str(&format!("# {} is not set\n", key.name)),
        }
    }
    if let Some(Value::Dict(_, table)) = layers.get(&IDENTITIES).map(|found| found.value) {
        for (name, entry) in table {
            lines.push_str(&format!("\n[{}.{}]\n", IDENTITIES.name, quoted(name)));
            let none = Dict::new();
            for (field, value) in entry.as_dict().unwrap_or(&none) {
                let origin = layers.found(value).origin;
                lines.push_str(&format!("{} = {}  # {origin}\n", quoted(field), plain(value)));
            }
        }
    }
    lines
}

fn shown(key: &Key, value: &Value) -> String {
    match value {
        Value::Array(_, items) => {
            let items: Vec<_> = items.iter().map(|item| shown(key, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(_, text) => quoted(&public(key, text)),
        value => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => quoted(text),
        value => text(value).unwrap_or_else(|| "{}".into()),
    }
}

/// A basic string of TOML, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
