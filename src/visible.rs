//! Texts of others, fit to be shown: nothing that a terminal would obey, nothing that turns a line around or hides in it, and no
//! token.

#[cfg(feature = "wispctl")]
mod secrets;

#[cfg(feature = "wispctl")]
pub(crate) use secrets::without_secrets;

use std::fmt::Write as _;

/// What stands in the place of a token.
pub(crate) const TOKEN: &str = "[token]";

/// What every JWT begins with: `{"` in base64.
const JWT: &str = "eyJ";

/// What client secrets of Entra have in them.
const CLIENT_SECRET: &str = "Q~";

/// How many letters stand before that, and at least from there on.
const BEFORE: usize = 4;
const BEHIND: usize = 32;

/// What stands in the place of a secret.
const SECRET: &str = "[secret]";

/// From how many bytes on a run of a token's letters is masked. The shortest header of a JWT has more.
const MIN_JWT: usize = 12;

/// From how many bytes on two parts with a dot between them are a token's.
const MIN_PART: usize = 8;

/// Whether `letter` gives a terminal an order, changes the direction of a line, or cannot be seen.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// One line of `text`, with a mark in the place of each hidden letter.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|letter| if is_hidden(letter) { '\u{fffd}' } else { letter })
        .collect()
}

/// A JSON document in which each hidden letter is an escape: outside of strings there are none but ends of lines.
pub(crate) fn escaped_json(document: &str) -> String {
    let mut escaped = String::with_capacity(document.len());
    for letter in document.chars() {
        if is_hidden(letter) && letter != '\n' {
            let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// Whether `text` is a JWT, or one is in it: where a path or a name was meant, somebody gave a file's content.
pub(crate) fn holds_token(text: &str) -> bool {
    let bare = text.trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let has_parts = |(at, _): (usize, &str)| has_parts(run(text.get(at..).unwrap_or_default()));
    bare.starts_with(JWT) || text.match_indices(JWT).any(has_parts)
}

/// `text` with a mark in the place of each JWT, be it whole or cut, and of each client secret of Entra.
pub(crate) fn without_tokens(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(JWT) {
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(run(found).len());
        let is_in_word = before.ends_with(|letter: char| letter.is_ascii_alphanumeric());
        let is_token = if is_in_word { has_parts(found) } else { found.len() >= MIN_JWT };
        masked.push_str(before);
        masked.push_str(if is_token { TOKEN } else { found });
        rest = after;
    }
    masked.push_str(rest);
    if masked.contains(CLIENT_SECRET) { without_client_secrets(&masked) } else { masked }
}

/// Whether a run of a token's letters has a header and a payload.
fn has_parts(run: &str) -> bool {
    let mut parts = run.split('.').map(str::len);
    let mut is_part = || parts.next().is_some_and(|length| length >= MIN_PART);
    is_part() && is_part()
}

fn without_client_secrets(text: &str) -> String {
    let is_of_secret = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let mut shown = String::new();
    for word in text.split_inclusive(|letter| !is_of_secret(letter)) {
        let bare = word.trim_end_matches(|letter| !is_of_secret(letter));
        let begin = bare
            .find(CLIENT_SECRET)
            .filter(|at| bare.len() >= at + BEHIND)
            .and_then(|at| at.checked_sub(BEFORE));
        match begin.and_then(|begin| bare.get(..begin)) {
            Some(before) => {
                shown.push_str(before);
                shown.push_str(SECRET);
            }
            None => shown.push_str(bare),
        }
        shown.push_str(word.get(bare.len()..).unwrap_or_default());
    }
    shown
}

/// The letters of a token that `text` begins with.
fn run(text: &str) -> &str {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_of_token(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{escaped_json, holds_token, shown, without_tokens};

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

    #[test]
    fn tokens_are_told_from_names() {
        for text in
            [JWT, "eyJhbGci", &format!("\"{JWT}\""), &format!("Bearer {JWT}"), &format!("https://x/{JWT}")]
        {
            assert!(holds_token(text), "{text}");
        }
        for text in
            ["", "/var/run/token", "https://vault.azure.net", "MIIDeyJhbGciOiJSUzI1NiJ9+x", "surveyJ.monkey"]
        {
            assert!(!holds_token(text), "{text}");
        }
    }

    #[test]
    fn tokens_are_masked_whole_or_cut() {
        let text = format!("got '{JWT}', https://x/{JWT}?a {} and eyJ", JWT.get(..25).unwrap());
        assert_eq!(without_tokens(&text), "got '[token]', https://x/[token]?a [token] and eyJ");
        assert_eq!(without_tokens(&format!("Bearer%20{JWT}")), "Bearer%20[token]");
        for text in ["keyJobsProcessor:1.0", "surveyJobsRunner-1", "abC8Q~short", "Q~"] {
            assert_eq!(without_tokens(text), text);
        }
        let secret = "abC8Q~0123456789.abcdefghij-ABCDEFGHIJ_klm";
        assert_eq!(without_tokens(&format!("'{secret}', ä{secret}")), "'[secret]', ä[secret]");
    }

    #[test]
    fn documents_keep_hidden_letters_as_escapes() {
        let text = "a\u{1b}[2Jb\n\t\u{7f}\u{9b}c\u{202e}d\u{feff} ü";
        let document = serde_json::json!({"found": [text]});
        let escaped = escaped_json(&format!("{document:#}\n"));
        assert!(escaped.contains(r"a\u001b[2Jb\n\t\u007f\u009bc\u202ed\ufeff ü"), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), document);
    }

    #[test]
    fn terminals_are_given_no_orders() {
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{202e}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
    }
}
