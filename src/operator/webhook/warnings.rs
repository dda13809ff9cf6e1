//! Warnings as an API server passes them on: kubectl shows each on a line of its own, and asks for at most 120 characters.

/// The most characters of a warning.
const LONGEST: usize = 120;
/// The most warnings of an answer. An API server drops what is beyond 4 KiB.
const MOST: usize = 24;
/// Stands where a sentence goes on in the next warning.
const GOES_ON: &str = " …";

/// `texts` as warnings, in whole sentences where these are short enough.
pub(super) fn warnings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<_> = texts.into_iter().flat_map(warning).collect();
    if all.len() > MOST {
        let more = all.len() - (MOST - 1);
        all.truncate(MOST - 1);
        all.push(format!("There are {more} more lines of warnings: `wispctl inject` shows them all."));
    }
    all
}

/// One text as one warning or several.
fn warning(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for sentence in text.split("; ").map(sentence) {
        match lines.last_mut() {
            Some(line) if characters(line) + 1 + characters(&sentence) <= LONGEST => {
                line.push(' ');
                line.push_str(&sentence);
            }
            _ if characters(&sentence) <= LONGEST => lines.push(sentence),
            _ => lines.extend(wrapped(&sentence)),
        }
    }
    lines
}

/// A clause as a sentence: it begins with a capital, unless it begins with a name, and ends with a stop.
fn sentence(clause: &str) -> String {
    let clause = clause.trim();
    let mut chars = clause.chars();
    let mut text: String = match chars.next() {
        Some(first) if is_word(clause) => first.to_uppercase().chain(chars).collect(),
        _ => clause.to_owned(),
    };
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

/// Whether the first word is one of the language, and no name such as `kubectl.kubernetes.io`.
fn is_word(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    first
        .trim_end_matches(',')
        .chars()
        .all(|c| c.is_ascii_lowercase())
}

/// A long sentence on several lines, broken between words. A word that is longer than a line is broken too.
fn wrapped(sentence: &str) -> Vec<String> {
    let width = LONGEST - characters(GOES_ON);
    let mut lines = vec![String::new()];
    for word in sentence.split(' ').flat_map(|word| pieces(word, width)) {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(&word),
            Some(line) if characters(line) + 1 + characters(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    let last = lines.len().saturating_sub(1);
    for line in lines.iter_mut().take(last) {
        line.push_str(GOES_ON);
    }
    lines
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let chars: Vec<_> = word.chars().collect();
    chars
        .chunks(width)
        .map(|chunk| chunk.iter().collect())
        .collect()
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, warnings};

    #[test]
    fn sentences_stay_whole_where_they_can() {
        let long = "annotation `azure.workload.identity/client-id` of ServiceAccount `shop/cart` is not a GUID, and the pod says \
                    `11111111-1111-1111-1111-111111111111` in its own annotation; make both the same; or remove it";
        let lines = warnings(["short one", "the first; the second", long, "kubectl.kubernetes.io/x is odd"]);
        insta::assert_snapshot!(lines.join("\n"), @r"
        Short one.
        The first. The second.
        Annotation `azure.workload.identity/client-id` of ServiceAccount `shop/cart` is not a GUID, and the pod says …
        `11111111-1111-1111-1111-111111111111` in its own annotation. Make both the same. Or remove it.
        kubectl.kubernetes.io/x is odd.
        ");
    }

    #[test]
    fn no_line_is_too_long_and_nothing_is_lost() {
        let word = "é".repeat(300);
        for line in warnings([word.as_str(), &"ab ".repeat(200)]) {
            assert!(line.chars().count() <= LONGEST, "{line}");
        }
        assert_eq!(warnings([word.as_str()]).concat().matches('é').count(), 300);
    }

    #[test]
    fn there_is_an_end_to_them() {
        let many: Vec<_> = (0..100).map(|n| format!("warning {n}")).collect();
        let lines = warnings(many.iter().map(String::as_str));
        assert_eq!(lines.len(), 24);
        insta::assert_snapshot!(lines[23], @"There are 77 more lines of warnings: `wispctl inject` shows them all.");
    }
}
