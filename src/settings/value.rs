//! Values of the layers, before anything is known of their types.

use figment::value::Value;

/// The text of a value that has one.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Bool(_, b) => Some(b.to_string()),
        Value::Num(_, n) => n
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| n.to_u128().map(|n| n.to_string()))
            .or_else(|| n.to_f64().map(|n| n.to_string())),
        Value::Array(..) | Value::Dict(..) | Value::Empty(..) => None,
    }
}

/// The items of a list: an array of texts, or one text with commas. None for anything else.
pub(super) fn items(value: &Value) -> Option<Vec<String>> {
    let texts = match value {
        Value::Array(_, values) => values.iter().map(text).collect::<Option<Vec<_>>>()?,
        value => text(value)?.split(',').map(str::to_owned).collect(),
    };
    let trimmed = texts
        .iter()
        .map(|item| item.trim())
        .filter(|item| !item.is_empty());
    Some(trimmed.map(str::to_owned).collect())
}

/// What stands in a message for a value that is no text.
pub(super) fn placeholder(value: &Value) -> &'static str {
    match value {
        Value::Array(..) => "[…]",
        Value::Dict(..) => "{…}",
        _ => "",
    }
}
