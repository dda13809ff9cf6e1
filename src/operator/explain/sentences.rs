//! Sentences of wisp itself, made from the tables that it says them from: the way to Entra, the token file, refusals.

use std::collections::BTreeSet;

use super::{
    Explanation, Kind,
    phrases::NO_SECRET,
    text::{Text, Words},
};
use crate::{
    assertion::{TokenFileError, TokenFileErrorKind},
    endpoint::{Reason, refusals},
    entra::known::{behaviour, transport_sentences},
    failure::{BLANK, Class},
    jwt::NotAJwt,
};

const NETWORK: &str = "docs/troubleshooting.md#network";
const TOKEN_FILE: &str = "docs/troubleshooting.md#token-file";
const REASONS: &str = "docs/observability.md#metrics";

/// Each sentence about the way to Entra or the token file that `text` holds.
pub(super) fn failures(text: &Text) -> Vec<Explanation> {
    let network = transport_sentences()
        .into_iter()
        .map(|sentence| (sentence, NETWORK, Class::Transient));
    let file = token_file_sentences()
        .into_iter()
        .map(|sentence| (sentence, TOKEN_FILE, Class::Assertion));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (sentence, see, class) in network.chain(file) {
        let (what, fix) = sentence.split_once(" Fix: ").unwrap_or((&sentence, ""));
        // Through which proxy, which is said behind it, makes no difference.
        let what = what.split(" (HTTPS_PROXY").next().unwrap_or(what);
        let what = what.trim_end_matches('.');
        let words = Words::of(what);
        if !seen.insert(what.to_owned()) {
            continue;
        }
        let lines = text.lines_that(|line| words.stand_in(line));
        if !lines.is_empty() {
            let explanation = Explanation {
                kind: Kind::Failure,
                title: what.replace(BLANK, "…"),
                meaning: "wisp got no token because of this.".to_owned(),
                fix: fix.replace(BLANK, "…"),
                meanwhile: Some(behaviour(class).1),
                see: see.to_owned(),
                check: None,
                lines,
            };
            found.push((words, explanation));
        }
    }
    without_general(found)
}

/// What is said of a proxy is said of a host too, in fewer words: that one is left out.
fn without_general(found: Vec<(Words, Explanation)>) -> Vec<Explanation> {
    let titles: Vec<_> = found
        .iter()
        .map(|(_, explanation)| Text::of(&explanation.title))
        .collect();
    let says_less = |at: usize, words: &Words| {
        let mut others = titles.iter().enumerate().filter(|(other, _)| *other != at);
        others.any(|(_, title)| title.lines().any(|(_, line)| words.stand_in(line)))
    };
    let numbered = found.into_iter().enumerate();
    numbered
        .filter(|(at, (words, _))| !says_less(*at, words))
        .map(|(_, (_, explanation))| explanation)
        .collect()
}

/// Each reason of a refusal that `text` holds, by its words or by its name.
pub(super) fn reasons(text: &Text) -> Vec<Explanation> {
    let refusals = refusals();
    let (only_word, is_refused) = (text.only_word(), text.holds("refused"));
    // Who asks on the node is refused by the node's own service, in words that wisp has from there.
    let of_node = text.lines_that(|line| NO_SECRET.iter().any(|says| Words::of(says).stand_in(line)));
    Reason::ALL
        .iter()
        .filter_map(|reason| {
            let says: Vec<_> = refusals
                .iter()
                .filter(|(of, _)| of == reason)
                .map(|(_, says)| {
                    Words::of(
                        says.split(" Fix: ")
                            .next()
                            .unwrap_or(says)
                            .trim_end_matches('.'),
                    )
                })
                .collect();
            let name = reason.as_str();
            let lines = text.lines_that(|line| {
                says.iter().any(|says| says.stand_in(line))
                    || only_word == Some(name)
                    || (is_refused && is_reason(line, name))
            });
            let lines: Vec<_> = lines
                .into_iter()
                .filter(|line| !of_node.contains(line))
                .collect();
            (!lines.is_empty()).then(|| Explanation {
                kind: Kind::Reason,
                title: format!("refused: {name}"),
                meaning: sentence(reason.meaning()),
                fix: sentence(reason.fix()),
                meanwhile: None,
                see: REASONS.to_owned(),
                check: None,
                lines,
            })
        })
        .collect()
}

/// Whether a line has the field `reason` with this name. Kubernetes has reasons too, some of the same name: this is for texts in
/// which something was refused.
fn is_reason(line: &str, name: &str) -> bool {
    line.split("reason").skip(1).any(|rest| {
        let value = rest.trim_start_matches([':', '=', ' ']);
        value
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .next()
            == Some(name)
    })
}

/// Tables have halves of sentences.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

fn token_file_sentences() -> Vec<String> {
    use TokenFileErrorKind as Kind;
    [
        Kind::Missing,
        Kind::Empty,
        Kind::Directory,
        Kind::Special,
        Kind::Forbidden,
        Kind::TooLarge,
        Kind::NotUtf8,
        Kind::NotAJwt(NotAJwt::Parts),
    ]
    .map(|kind| TokenFileError { path: BLANK.into(), kind }.to_string())
    .into()
}

#[cfg(test)]
mod tests {
    use super::{
        BLANK, Reason, Text, failures, reasons, refusals, token_file_sentences, transport_sentences,
    };

    #[test]
    fn whatever_wisp_says_is_known() {
        for sentence in transport_sentences().iter().chain(&token_file_sentences()) {
            let sentence = sentence.replace(BLANK, "login.example:8443");
            let found = failures(&Text::of(&format!(r#"{{"message":"again: {sentence}"}}"#)));
            assert_eq!(found.len(), 1, "{sentence}: {found:?}");
        }
        for (reason, sentence) in refusals() {
            let sentence = sentence.replace(BLANK, "x-something");
            let found = reasons(&Text::of(&sentence));
            let titles: Vec<_> = found.iter().map(|found| found.title.as_str()).collect();
            assert!(titles.contains(&&*format!("refused: {}", reason.as_str())), "{sentence}: {titles:?}");
        }
    }

    #[test]
    fn reasons_are_known_by_their_names_where_something_was_refused() {
        let titles = |text: &str| {
            reasons(&Text::of(text))
                .into_iter()
                .map(|found| found.title)
                .collect::<Vec<_>>()
        };
        for reason in Reason::ALL {
            let name = reason.as_str();
            for text in [
                name.to_owned(),
                format!(r#"{{"result":"refused","reason":"{name}"}}"#),
                format!("02:57:58Z WARN  request refused  operation=token reason={name} path=/"),
                format!("02:57:58Z WARN  request refused\n                reason     {name}"),
                format!("wisp_refused_requests_total{{reason=\"{name}\"}} 3"),
            ] {
                assert_eq!(titles(&text), [format!("refused: {name}")], "{text}");
            }
        }
        assert_eq!(titles("Reason: Starting"), [""; 0], "an event of the kubelet");
        assert_eq!(titles("the host refused"), [""; 0]);
        assert_eq!(titles("Identity not found"), ["refused: identity_unknown"]);
        let of_driver = "failed to mount objects, error: failed to get objectType:secret: adal: Refresh request failed. \
                         Status Code = '400'. Response body: {\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}";
        assert_eq!(titles(of_driver), [""; 0], "the driver asks on the node");
    }
}
