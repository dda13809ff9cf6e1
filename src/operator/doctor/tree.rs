//! Parts of untyped objects, and texts of others as findings repeat them.

use serde_json::Value;

use crate::visible::{is_hidden, without_secrets};

/// The most characters of a text of others that are repeated.
const LONGEST: usize = 400;

/// Nothing.
pub(super) static NOTHING: Value = Value::Null;

/// The text at `at`; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, at: &str) -> &'a str {
    value
        .pointer(at)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The list at `at`; empty where there is none.
pub(super) fn list<'a>(value: &'a Value, at: &str) -> &'a [Value] {
    let list = value.pointer(at).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// What the mapping at `at` has under `key`, in which slashes mean nothing.
pub(super) fn entry<'a>(value: &'a Value, at: &str, key: &str) -> Option<&'a Value> {
    value.pointer(at)?.get(key)
}

/// The label `key` of an object.
pub(super) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    entry(object, "/metadata/labels", key)?.as_str()
}

/// The annotation `key` of an object.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    entry(object, "/metadata/annotations", key)?.as_str()
}

/// The containers of a pod or of its template, and whether each is an init container.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = (&Value, bool)> {
    let of = |at, is_init| {
        list(pod, at)
            .iter()
            .map(move |container| (container, is_init))
    };
    of("/spec/initContainers", true).chain(of("/spec/containers", false))
}

/// A text of others: in one line, not too long, and without what looks like a token or a secret.
pub(super) fn quoted(text: &str) -> String {
    let bounded: String = text.chars().take(8 * LONGEST).collect();
    let shown = without_secrets(&bounded);
    let words = shown.split(|letter: char| letter.is_whitespace() || is_hidden(letter));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let quoted = words.join(" ");
    match quoted.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", quoted.get(..end).unwrap_or_default()),
        None => quoted,
    }
}

/// A sentence as it stands behind `fix:`; what begins with a name stays as it is.
pub(super) fn clause(sentence: &str) -> String {
    let mut clause = sentence.to_owned();
    let is_word = clause
        .chars()
        .nth(1)
        .is_some_and(|second| !second.is_ascii_uppercase());
    if let Some(first) = clause.get_mut(..1).filter(|_| is_word) {
        first.make_ascii_lowercase();
    }
    clause
}

/// The first names, and how many more there are.
pub(super) fn names(names: &[String], most: usize) -> String {
    let first: Vec<_> = names.iter().take(most).map(String::as_str).collect();
    match names.len().saturating_sub(most) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn secrets_of_others_are_not_repeated() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        let text =
            format!("got {token}, then\nclient_secret=hunter2&x=1 Bearer abcdefg1 \"password\":\"q\" eyJ");
        assert_eq!(
            quoted(&text),
            "got [token], then client_secret=[secret]&x=1 Bearer [secret] \"password\":\"[secret]\" eyJ"
        );
        assert_eq!(quoted(&"ä".repeat(500)).chars().count(), 401);
        assert_eq!(quoted("a\u{1b}[2Jb\u{202e}c"), "a [2Jb c");
    }
}
