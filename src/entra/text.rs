//! Foreign text made fit to be repeated.

/// The shortest run of token characters around `eyJ`, the beginning of every JWT, that counts as one, in bytes.
const MIN_JWT: usize = 24;

/// A run of token characters as long as this is masked whatever it is. Host names and GUIDs are far shorter.
const MAX_WORD: usize = 150;

/// Words that clients search error bodies for, and what stands in their place. azidentity and azure-identity take
/// "unreachable" in a 403 for Docker Desktop; Azure.Identity takes "Identity not found" for an endpoint without identity.
const MAGIC: [(&str, &str); 2] =
    [("unreachable", "not reachable"), ("identity not found", "identity was not found")];

/// `text` without what looks like a token and without the words that clients search for.
pub(super) fn clean(text: &str) -> String {
    neutralize(&mask(text))
}

/// The first AADSTS number in `text`.
pub(super) fn first_code(text: &str) -> Option<u32> {
    text.split("AADSTS").skip(1).find_map(|rest| {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest.get(..digits)?.parse().ok()
    })
}

/// At most `limit` bytes of `text`, with an ellipsis where something was cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    const MARK: char = '…';
    if text.len() <= limit {
        return text.to_owned();
    }
    // The nearest end that does not split a character.
    let kept = (0..=limit.saturating_sub(MARK.len_utf8()))
        .rev()
        .find_map(|end| text.get(..end));
    let mut short = kept.unwrap_or_default().trim_end().to_owned();
    if short.len() + MARK.len_utf8() <= limit {
        short.push(MARK);
    }
    short
}

fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut rest = text;
    while !rest.is_empty() {
        let (run, after) = rest.split_at(rest.find(|c| !is_token(c)).unwrap_or(rest.len()));
        let secret = run.len() >= MAX_WORD || (run.len() >= MIN_JWT && run.contains("eyJ"));
        masked.push_str(if secret { "[redacted]" } else { run });
        let (gap, next) = after.split_at(after.find(is_token).unwrap_or(after.len()));
        masked.push_str(gap);
        rest = next;
    }
    masked
}

fn neutralize(text: &str) -> String {
    let mut neutralized = text.to_owned();
    for (word, substitute) in MAGIC {
        // ASCII lower case keeps every position.
        while let Some(at) = neutralized.to_ascii_lowercase().find(word) {
            neutralized.replace_range(at..at + word.len(), substitute);
        }
    }
    neutralized
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{clean, cut, first_code};

    #[test]
    fn finds_whole_numbers_only() {
        assert_eq!(first_code("AADSTS900023: x AADSTS90002"), Some(900023));
        assert_eq!(first_code("AADSTS: AADSTS70021."), Some(70021));
        assert_eq!(first_code("AADSTS99999999999999 AADSTSx"), None);
        assert_eq!(first_code(""), None);
    }

    #[test]
    fn hides_tokens_but_not_issuers() {
        let jwt = format!("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.{}", "s".repeat(342));
        assert_eq!(clean(&format!("bad assertion '{jwt}', sorry")), "bad assertion '[redacted]', sorry");
        assert_eq!(clean(&"A".repeat(342)), "[redacted]");
        let issuer = "issuer 'https://eastus.oic.prod-aks.azure.com/00000000-1111-2222-3333-444444444444/x/'";
        assert_eq!(clean(issuer), issuer);
    }

    #[test]
    fn leaves_no_magic_word() {
        assert_eq!(
            clean("Host Unreachable: Identity Not Found"),
            "Host not reachable: identity was not found"
        );
    }

    #[test]
    fn cuts_at_characters() {
        assert_eq!(cut("ééé", 6), "ééé");
        assert_eq!(cut("éééé", 7), "éé…");
        assert_eq!(cut("abc", 2), "");
        assert_eq!(cut("abcd", 3), "…");
    }

    proptest! {
        #[test]
        fn never_longer_than_asked(text in ".{0,80}", limit in 0usize..100) {
            prop_assert!(cut(&text, limit).len() <= limit);
        }

        #[test]
        fn cleaning_never_panics(text in "(eyJ|unreachable|identity not found|[é .a-z]){0,40}") {
            let cleaned = clean(&text).to_lowercase();
            prop_assert!(!cleaned.contains("unreachable"));
        }
    }
}
