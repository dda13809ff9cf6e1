//! The notations of a table of named entries.

use figment::{
    providers::{Format, Toml},
    value::{Dict, Value},
};

use super::{key::Key, value::text};
use crate::failure::one_line;

/// Reads the table from one variable or flag: TOML inline or JSON.
pub(super) fn from_text(key: &Key, text: &str) -> Result<Dict, String> {
    if text.trim().is_empty() {
        return Ok(Dict::new());
    }
    let toml = Toml::from_str::<Dict>(&format!("value = {}", text.trim()));
    let value = match toml {
        Ok(mut document) if document.len() == 1 => document
            .remove("value")
            .unwrap_or_else(|| Dict::new().into()),
        Ok(_) => return Err("expected one table or array, nothing after it".into()),
        Err(toml) => serde_json::from_str(text).map_err(|json| {
            format!("expected {}; not TOML ({}), not JSON ({json})", key.accepts, one_line(toml.message()))
        })?,
    };
    by_name(key, value)
}

/// Turns an array of entries with a `name` into a table, so that layers merge entry by entry.
pub(super) fn by_name(key: &Key, value: Value) -> Result<Dict, String> {
    let entries = match value {
        Value::Dict(_, entries) => return Ok(entries),
        Value::Array(_, entries) => entries,
        _ => return Err(format!("expected {}", key.accepts)),
    };
    let mut table = Dict::new();
    for entry in entries {
        let Value::Dict(tag, mut fields) = entry else {
            return Err("expected only tables in the array".into());
        };
        let name = fields
            .remove("name")
            .or_else(|| fields.get("client_id").cloned());
        let Some(name) = name.as_ref().and_then(text) else {
            return Err("expected a `name` or a `client_id` in each entry of the array".into());
        };
        if table
            .insert(name.clone(), Value::Dict(tag, fields))
            .is_some()
        {
            return Err(format!("`{name}` is there twice"));
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::from_text;
    use crate::settings::keys::IDENTITIES;

    #[test]
    fn three_notations_say_the_same() {
        let expected = from_text(&IDENTITIES, "{a = {client_id = 'x'}, b = {client_id = 'y'}}").unwrap();
        for text in [
            r#"{"a": {"client_id": "x"}, "b": {"client_id": "y"}}"#,
            "[{name = 'a', client_id = 'x'}, {name = 'b', client_id = 'y'}]",
            r#"
            [
              {"name": "a", "client_id": "x"},
              {"name": "b", "client_id": "y"}
            ]
            "#,
        ] {
            let table = from_text(&IDENTITIES, text).unwrap();
            assert_eq!(format!("{table:?}"), format!("{expected:?}"), "{text}");
        }
    }

    #[test]
    fn entries_without_a_name_are_named_by_their_client_id() {
        let table = from_text(&IDENTITIES, "[{client_id = 'x'}]").unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn bad_tables_are_refused() {
        insta::assert_snapshot!(from_text(&IDENTITIES, "[{}]").unwrap_err(), @"expected a `name` or a `client_id` in each entry of the array");
        insta::assert_snapshot!(from_text(&IDENTITIES, "[1]").unwrap_err(), @"expected only tables in the array");
        insta::assert_snapshot!(from_text(&IDENTITIES, "1").unwrap_err(), @r#"expected identities by name, as a TOML inline table or JSON object such as `{app = {client_id = "…", tenant_id = "…", object_id = "…", resource_id = "…"}}`, or an array of such entries with a `name`"#);
        insta::assert_snapshot!(from_text(&IDENTITIES, "{a = {}}\nx = 1").unwrap_err(), @"expected one table or array, nothing after it");
        insta::assert_snapshot!(from_text(&IDENTITIES, "[{name = 'a'}, {name = 'a'}]").unwrap_err(), @"`a` is there twice");
        insta::assert_snapshot!(from_text(&IDENTITIES, "{a: b}").unwrap_err(), @r#"expected identities by name, as a TOML inline table or JSON object such as `{app = {client_id = "…", tenant_id = "…", object_id = "…", resource_id = "…"}}`, or an array of such entries with a `name`; not TOML (expected `.`, `=`), not JSON (key must be a string at line 1 column 2)"#);
    }
}
