//! What was pasted, made comparable: quoting, letter case and runs of white space differ from one teller to the next.

use crate::failure::BLANK;

/// The most letters that may stand in a gap between words.
const MAX_GAP: usize = 300;

/// A text in lines, each comparable.
pub(super) struct Text(Vec<String>);

/// Words that stand in a line in this order.
pub(super) struct Words(Vec<String>);

impl Text {
    pub(super) fn of(text: &str) -> Self {
        Self(text.lines().map(comparable).collect())
    }

    /// The numbers of the lines for which `holds`, from 1.
    pub(super) fn lines_that(&self, holds: impl Fn(&str) -> bool) -> Vec<usize> {
        let numbered = self.0.iter().enumerate();
        numbered
            .filter(|(_, line)| holds(line))
            .map(|(index, _)| index + 1)
            .collect()
    }

    /// Each line with its number.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0
            .iter()
            .enumerate()
            .map(|(index, line)| (index + 1, line.as_str()))
    }

    /// Whether some line holds `words`.
    pub(super) fn holds(&self, words: &str) -> bool {
        self.0.iter().any(|line| line.contains(words))
    }

    /// The one word that was given, if it is only one.
    pub(super) fn only_word(&self) -> Option<&str> {
        let mut words = self.0.iter().flat_map(|line| line.split_whitespace());
        words.next().filter(|_| words.next().is_none())
    }
}

impl Words {
    /// The words of `sentence`, where [`BLANK`] stands for anything.
    pub(super) fn of(sentence: &str) -> Self {
        let comparable = comparable(sentence);
        let words = comparable.split(BLANK).map(str::trim);
        Self(
            words
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Whether `line`, which is comparable, holds them.
    pub(super) fn stand_in(&self, line: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        line.match_indices(first.as_str())
            .any(|(at, _)| follow(rest, line.get(at + first.len()..).unwrap_or_default()))
    }
}

fn follow(words: &[String], mut rest: &str) -> bool {
    words.iter().all(|word| {
        let near = rest.floor_char_boundary(MAX_GAP + word.len());
        let Some(at) = rest.get(..near).and_then(|near| near.find(word.as_str())) else { return false };
        rest = rest.get(at + word.len()..).unwrap_or_default();
        true
    })
}

/// A line in lower case, without quotes, with single spaces.
fn comparable(line: &str) -> String {
    let unescaped = line
        .replace("\\n", " ")
        .replace("\\r", " ")
        .replace("\\t", " ")
        .replace("\\u0027", "");
    let is_quote = |letter: &char| matches!(letter, '"' | '\'' | '`' | '\\' | '‘' | '’' | '“' | '”');
    let bare: String = unescaped
        .chars()
        .filter(|letter| !is_quote(letter))
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let words: Vec<_> = bare.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Text, Words};

    #[test]
    fn quotes_case_and_gaps_make_no_difference() {
        let text = Text::of(r#"{"message":"The name of 'login.example'\ncould  NOT be looked up. Fix: x"}"#);
        let found = |sentence: &str| text.lines_that(|line| Words::of(sentence).stand_in(line));
        assert_eq!(found("The name of ~~ could not be looked up"), [1]);
        assert_eq!(found("could not be looked up ~~ The name of"), [0; 0]);
        assert_eq!(found(""), [0; 0], "no words stand nowhere");
    }

    #[test]
    fn words_that_are_far_apart_are_not_of_one_sentence() {
        let line = |gap: usize| format!("the connection to {} was refused", "x".repeat(gap));
        let words = Words::of("The connection to ~~ was refused");
        assert!(words.stand_in(&line(200)) && !words.stand_in(&line(400)));
        // Only the second of two beginnings is near enough.
        assert!(words.stand_in(&format!("{} {}", line(400), line(3))));
    }

    #[test]
    fn one_word_is_told_from_several() {
        assert_eq!(Text::of(" 700213\n").only_word(), Some("700213"));
        assert_eq!(Text::of("exit 77").only_word(), None);
        assert_eq!(Text::of("").only_word(), None);
    }
}
