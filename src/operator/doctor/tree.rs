//! Parts of untyped objects, and texts of others as findings repeat them.

use serde_json::Value;

use crate::visible::is_hidden;

/// The most characters of a text of others that are repeated.
const LONGEST: usize = 400;

/// The shortest word that may be a token by how it begins.
const TOKEN: usize = 20;

/// What comes before a secret in texts of programs.
const BEFORE_SECRETS: [&str; 6] =
    ["client_secret", "client_assertion", "access_token", "password", "sig", "Bearer"];

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
    let mut quoted = String::new();
    let mut hides_next = false;
    for word in bounded.split(|letter: char| letter.is_whitespace() || is_hidden(letter)) {
        if word.is_empty() {
            continue;
        }
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        if hides_next {
            quoted.push_str("***");
            hides_next = false;
            continue;
        }
        quoted.push_str(&masked(word));
        hides_next = BEFORE_SECRETS.iter().any(|before| {
            word.trim_end_matches([':', '=', '"'])
                .trim_start_matches('"')
                == *before
        });
    }
    match quoted.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", quoted.get(..end).unwrap_or_default()),
        None => quoted,
    }
}

/// A word without a token in it, or what follows the name of a secret.
fn masked(word: &str) -> String {
    let mut word = word.to_owned();
    while let Some(at) = word.find("eyJ") {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let rest = word.get(at..).unwrap_or_default();
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        if length < TOKEN {
            break;
        }
        word.replace_range(at..at + length, "***");
    }
    for name in BEFORE_SECRETS {
        for sign in ["=", "\":\"", ":"] {
            let before = format!("{name}{sign}");
            if let Some(at) = word.find(&before) {
                let from = at + before.len();
                let rest = word.get(from..).unwrap_or_default();
                let length = rest.find(['&', '"', ',', ';']).unwrap_or(rest.len());
                if length > 0 {
                    word.replace_range(from..from + length, "***");
                }
            }
        }
    }
    word
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
        let text = format!("got {token}, then\nclient_secret=hunter2&x=1 Bearer abc \"password\":\"q\" eyJ");
        assert_eq!(quoted(&text), "got ***, then client_secret=***&x=1 Bearer *** \"password\":\"***\" eyJ");
        assert_eq!(quoted(&"ä".repeat(500)).chars().count(), 401);
        assert_eq!(quoted("a\u{1b}[2Jb\u{202e}c"), "a [2Jb c");
    }
}
