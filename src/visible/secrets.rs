//! Secrets in texts of others: tokens, client secrets, and what follows the name of a secret.

use super::{is_hidden, without_tokens};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// What comes before a secret in texts of programs and in connection strings, in small letters.
const BEFORE_SECRETS: [&str; 14] = [
    "client_secret",
    "client-secret",
    "clientsecret",
    "client_assertion",
    "access_token",
    "refresh_token",
    "id_token",
    "password",
    "passwd",
    "pwd",
    "accountkey",
    "sharedaccesskey",
    "api-key",
    "sig",
];

/// What comes before one in a header. In small letters they are words of sentences.
const SCHEMES: [&str; 2] = ["Bearer", "Basic"];

/// What stands between name and secret.
const SIGNS: [&str; 3] = ["=", "\":", ":"];

/// What ends one that has no quotes.
const ENDS: [char; 5] = ['&', '"', '\'', ',', ';'];

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
        if word.trim_matches([':', '=']).is_empty() {
            shown.push_str(segment);
            continue;
        }
        shown.push_str(&if hides_next { MASK.to_owned() } else { masked(word) });
        shown.push_str(segment.get(word.len()..).unwrap_or_default());
        hides_next = !hides_next && is_name(word);
    }
    shown
}

fn is_between(letter: char) -> bool {
    letter.is_whitespace() || is_hidden(letter)
}

/// Whether `word` is the name of a secret, and no more of it.
fn is_name(word: &str) -> bool {
    let name = word.trim_matches([':', '=', '"', '\'', '{', ',']);
    BEFORE_SECRETS.contains(&name.to_ascii_lowercase().as_str()) || SCHEMES.contains(&name)
}

/// A word without a token or a client secret in it, or what follows the name of a secret.
fn masked(word: &str) -> String {
    let word = without_client_secrets(&without_tokens(word));
    let mut shown = String::with_capacity(word.len());
    let mut rest = word.as_str();
    while let Some((before, secret, after)) = next_secret(rest) {
        shown.push_str(before);
        shown.push_str(if secret.is_empty() { "" } else { MASK });
        rest = after;
    }
    shown + rest
}

/// What is up to the next secret, the secret, and what is behind it.
fn next_secret(word: &str) -> Option<(&str, &str, &str)> {
    let small = word.to_ascii_lowercase();
    let end_of = |name: &str, sign: &str| {
        small
            .find(&format!("{name}{sign}"))
            .map(|at| at + name.len() + sign.len())
    };
    let all = BEFORE_SECRETS
        .iter()
        .flat_map(|name| SIGNS.iter().filter_map(move |sign| end_of(name, sign)));
    let (before, found) = word.split_at_checked(all.min()?)?;
    let quote = found
        .strip_prefix(['"', '\''])
        .and_then(|_| found.chars().next());
    let (from, end) = match quote {
        Some(quote) => (1, found.get(1..)?.find(quote).map(|at| at + 1)),
        None => (0, found.find(ENDS)),
    };
    let (secret, after) = found.split_at(end.unwrap_or(found.len()));
    let (before, secret) = (word.get(..before.len() + from)?, secret.get(from..)?);
    Some((before, secret, after))
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

    #[test]
    fn secrets_are_known_by_their_names_however_these_are_written() {
        for (text, expected) in [
            ("Server=a;Password=MARKED;Database=b", "Server=a;Password=***;Database=b"),
            ("PWD='MARKED';x", "PWD='***';x"),
            ("password=\"MAR,KED\",x", "password=\"***\",x"),
            ("password='MARKED", "password='***"),
            ("a?sig=MARKED,b?sig=MARKED&c", "a?sig=***,b?sig=***&c"),
            ("AccountName=a;AccountKey=MARKED==;x", "AccountName=a;AccountKey=***;x"),
            ("{\"Access_Token\":\"MARKED\",\"a\":1}", "{\"Access_Token\":\"***\",\"a\":1}"),
            ("--client-secret=MARKED", "--client-secret=***"),
            ("password=;x", "password=;x"),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
        for (text, expected) in [
            ("\"password\": \"MARKED\" b", "\"password\": *** b"),
            ("Authorization: Basic MARKED b", "Authorization: Basic *** b"),
            ("Password = MARKED b", "Password = *** b"),
            ("no bearer token", "no bearer token"),
        ] {
            assert_eq!(without_secrets_of_others(text), expected);
        }
    }

    /// In the form of those that Entra makes.
    const CLIENT_SECRET: &str = "abC8Q~MARKED-secret.MARKED_secret~MARKED";

    #[test]
    fn secrets_of_others_are_not_shown() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        let text = format!("got {token}, then\nclient_secret=hunter2&x=1 Bearer abc \"password\":\"q\" eyJ");
        assert_eq!(
            without_secrets_of_others(&text),
            "got [token], then\nclient_secret=***&x=1 Bearer *** \"password\":\"***\" eyJ"
        );
        assert_eq!(
            without_secrets(&text),
            "got [token], then\nclient_secret=***&x=1 Bearer abc \"password\":\"***\" eyJ"
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
