//! What is sent, as an API server takes it.

use reqwest::Method;
use serde_json::Value;

/// What Go escapes in the texts of JSON, and others need not. None of it is anywhere else in JSON.
const GO_ESCAPES: [(char, &str); 5] =
    [('&', "\\u0026"), ('<', "\\u003c"), ('>', "\\u003e"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];

/// A body as an API server would write it, which compares the texts in tests of a JSON Patch as they are written.
pub(super) fn as_go_writes(body: &Value) -> String {
    let mut text = body.to_string();
    for (character, escaped) in GO_ESCAPES {
        if text.contains(character) {
            text = text.replace(character, escaped);
        }
    }
    text
}

/// What a body is.
pub(super) fn content_type(method: &Method, body: &Value) -> &'static str {
    match (method, body) {
        (&Method::PATCH, Value::Array(_)) => "application/json-patch+json",
        (&Method::PATCH, _) => "application/merge-patch+json",
        _ => "application/json",
    }
}
