//! Secrets in texts of others: tokens, client secrets, and what follows the name of a secret.

use super::{JWT, is_hidden, run};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// The shortest word that may be a token by how it begins.
const TOKEN: usize = 20;

/// What comes before a secret in texts of programs.
const BEFORE_SECRETS: [&str; 6] =
    ["client_secret", "client_assertion", "access_token", "password", "sig", "Bearer"];

/// What client secrets of Entra have in them, behind three letters and a digit.
const SECRET: &str = "Q~";

/// How many letters stand before and, at least, behind that.
const BEFORE: usize = 4;
const BEHIND: usize = 30;

/// `text` with a mark in the place of what looks like a secret.
pub(crate) fn without_secrets(text: &str) -> String {
    let segments = text.split_inclusive(is_between);
    segments
        .map(|segment| {
            let word = segment.trim_end_matches(is_between);
            masked(word) + segment.get(word.len()..).unwrap_or_default()
        })
        .collect()
}

/// The same of a text that others made, in which the word after `password` is one.
pub(crate) fn without_secrets_of_others(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut hides_next = false;
    for segment in text.split_inclusive(is_between) {
        let word = segment.trim_end_matches(is_between);
        let between = segment.get(word.len()..).unwrap_or_default();
        if word.is_empty() {
            shown.push_str(between);
            continue;
        }
        shown.push_str(&if hides_next { MASK.to_owned() } else { masked(word) });
        shown.push_str(between);
        let name = word
            .trim_end_matches([':', '=', '"'])
            .trim_start_matches('"');
        hides_next = !hides_next && BEFORE_SECRETS.contains(&name);
    }
    shown
}

fn is_between(letter: char) -> bool {
    letter.is_whitespace() || is_hidden(letter)
}

/// A word without a token or a client secret in it, or what follows the name of a secret.
fn masked(word: &str) -> String {
    let mut word = without_client_secrets(&without_tokens(word));
    for name in BEFORE_SECRETS {
        for sign in ["=", "\":\"", ":"] {
            let before = format!("{name}{sign}");
            if let Some(at) = word.find(&before) {
                let from = at + before.len();
                let rest = word.get(from..).unwrap_or_default();
                let length = rest.find(['&', '"', '\'', ',', ';']).unwrap_or(rest.len());
                if length > 0 {
                    word.replace_range(from..from + length, MASK);
                }
            }
        }
    }
    word
}

fn without_tokens(word: &str) -> String {
    let mut shown = String::new();
    let mut rest = word;
    while let Some(at) = rest.find(JWT) {
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(run(found).len());
        shown.push_str(before);
        shown.push_str(if found.len() < TOKEN { found } else { MASK });
        rest = after;
    }
    shown + rest
}

fn without_client_secrets(word: &str) -> String {
    let is_of_secret = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let mut shown = String::new();
    let mut rest = word;
    while let Some(at) = rest.find(SECRET) {
        let (before, found) = rest.split_at(at);
        let end = found
            .find(|letter| !is_of_secret(letter))
            .unwrap_or(found.len());
        let (found, after) = found.split_at(end);
        let from = before.len().checked_sub(BEFORE);
        let begin = from.and_then(|from| before.get(from..));
        let is_secret = found.len() >= SECRET.len() + BEHIND
            && begin.is_some_and(|begin| {
                begin.chars().all(is_of_secret) && begin.ends_with(|c: char| c.is_ascii_digit())
            });
        if is_secret {
            shown.push_str(before.get(..from.unwrap_or_default()).unwrap_or_default());
            shown.push_str(MASK);
        } else {
            shown.push_str(before);
            shown.push_str(found);
        }
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::{without_secrets, without_secrets_of_others};

    /// In the form of those that Entra makes.
    const CLIENT_SECRET: &str = "abC8Q~MARKED-secret.MARKED_secret~MARKED";

    #[test]
    fn secrets_of_others_are_not_shown() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        let text = format!("got {token}, then\nclient_secret=hunter2&x=1 Bearer abc \"password\":\"q\" eyJ");
        assert_eq!(
            without_secrets_of_others(&text),
            "got ***, then\nclient_secret=***&x=1 Bearer *** \"password\":\"***\" eyJ"
        );
        assert_eq!(
            without_secrets(&text),
            "got ***, then\nclient_secret=***&x=1 Bearer abc \"password\":\"***\" eyJ"
        );
        for text in [CLIENT_SECRET, &format!("'{CLIENT_SECRET}'"), &format!("--x={CLIENT_SECRET}!")] {
            assert_eq!(without_secrets(text), text.replace(CLIENT_SECRET, "***"));
        }
        let colours = format!("'\u{1b}[33m{CLIENT_SECRET}\u{1b}[0m'");
        assert_eq!(without_secrets(&colours), "'\u{1b}[33m***\u{1b}[0m'");
        for open in ["", "a  b\n", "Q~", "abc8Q~short", "signal: 9, config=x", "eyJ eyJabc"] {
            assert_eq!(without_secrets(open), open);
        }
    }
}
