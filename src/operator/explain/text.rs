//! What was pasted, made comparable: quoting, letter case and runs of white space differ from one teller to the next.

use crate::failure::BLANK;

/// The most letters that may stand in a gap between words.
const MAX_GAP: usize = 300;

/// Stands in texts for one word, such as a name.
pub(super) const NAME: &str = "~name~";

/// Fields of wisp's log that no other program has, and those that some have beside a level.
const OWN_FIELDS: [&str; 3] = ["errorcategory:", "errorclass:", "managedidentityclientid:"];
const OTHER_FIELDS: [&str; 4] =
    ["serviceaccount:", "operation:exchange", "operation:token", "operation:verify"];

/// A text in lines, each comparable.
pub(super) struct Text(Vec<String>);

/// Words that stand in a line in this order.
pub(super) struct Words(Vec<Segment>);

struct Segment {
    words: String,
    /// Whether only one word may stand before them.
    is_near: bool,
}

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

    /// Whether a line, counted from 1, is one of wisp's log in JSON.
    pub(super) fn is_of_wisp(&self, number: usize) -> bool {
        let line = self
            .0
            .get(number.saturating_sub(1))
            .map_or("", String::as_str);
        let holds = |fields: &[&str]| fields.iter().any(|field| line.contains(field));
        let is_line = line.contains("message:") && line.contains('{');
        is_line && (holds(&OWN_FIELDS) || (line.contains("level:") && holds(&OTHER_FIELDS)))
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
    /// The words of `sentence`, where [`BLANK`] stands for anything and [`NAME`] for one word.
    pub(super) fn of(sentence: &str) -> Self {
        let comparable = comparable(sentence);
        let segments = comparable.split(BLANK).flat_map(|words| {
            let segments = words.split(NAME).enumerate();
            segments.map(|(index, words)| Segment { words: words.trim().to_owned(), is_near: index > 0 })
        });
        Self(
            segments
                .filter(|segment| !segment.words.is_empty())
                .collect(),
        )
    }

    /// Whether `line`, which is comparable, holds them. They end where a word does: `wisp` is not `wisp-init`.
    pub(super) fn stand_in(&self, line: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        line.match_indices(first.words.as_str()).any(|(at, words)| {
            let after = line.get(at + words.len()..).unwrap_or_default();
            if rest.is_empty() { is_end(words, after) } else { follow(rest, after) }
        })
    }
}

fn follow(segments: &[Segment], mut rest: &str) -> bool {
    segments
        .iter()
        .enumerate()
        .all(|(index, Segment { words, is_near })| {
            let is_last = index + 1 == segments.len();
            let near = rest.floor_char_boundary(MAX_GAP + words.len());
            let near = rest.get(..near).unwrap_or_default();
            let found = near.match_indices(words.as_str()).find_map(|(at, _)| {
                let gap = near.get(..at)?.trim();
                let after = rest.get(at + words.len()..)?;
                let fits = !(*is_near && gap.contains(' ')) && (!is_last || is_end(words, after));
                fits.then_some(after)
            });
            rest = found.unwrap_or_default();
            found.is_some()
        })
}

/// Whether `words` end before `after`, and not in the middle of a word.
fn is_end(words: &str, after: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    !(words.ends_with(is_part) && after.starts_with(is_part))
}

/// A line in lower case, without quotes, with single spaces.
fn comparable(line: &str) -> String {
    let unescaped = line
        .replace("\\n", " ")
        .replace("\\r", " ")
        .replace("\\t", " ")
        .replace("\\u0027", "")
        .replace("\\u003c", "<")
        .replace("\\u003e", ">");
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
    fn words_end_where_a_word_does_and_names_are_one_word() {
        let holds = |words: &str, line: &str| Words::of(words).stand_in(&Text::of(line).0[0]);
        assert!(
            holds("container wisp", "container wisp in") && holds("container wisp", "container \"wisp\"")
        );
        assert!(
            !holds("container wisp", "container wisp-init") && !holds("container wisp", "container wisps")
        );
        assert!(holds("code ~~ Failed", r"<Code\u003eFailed\u003c/Code>"));
        let name = "serviceaccount ~name~ not found";
        assert!(holds(name, "serviceaccount \"orders\" not found"));
        assert!(!holds(name, "serviceAccount: app, message: Application was not found"));
        assert!(holds("a ~~ b ~name~ c", "a x x b x c"));
    }

    #[test]
    fn one_word_is_told_from_several() {
        assert_eq!(Text::of(" 700213\n").only_word(), Some("700213"));
        assert_eq!(Text::of("exit 77").only_word(), None);
        assert_eq!(Text::of("").only_word(), None);
    }
}
