//! What a pasted text means here: log lines, errors of SDKs, events, numbers. Offline, from the tables that wisp and both doctors
//! speak from, and one of what others say.
//!
//! - `text`: the pasted text, made comparable
//! - `numbers`: Entra's numbers; `sentences`: what wisp itself says; `exit_codes`: of wisp's programs; `words`: ids of checks,
//!   categories
//! - `phrases`: what clients, clusters and resources say
//! - `render`: what was found, for people and for programs
//!
//! Nothing of the text is repeated but numbers and words that stand in a table: it may hold tokens.

mod exit_codes;
mod numbers;
mod phrases;
mod render;
mod sentences;
mod text;
mod words;

pub(crate) use exit_codes::EXIT_CODES;
pub(crate) use render::{json, text};

use self::text::Text;
use crate::doctor::Check;

/// What something in the text means.
#[derive(Debug)]
pub(crate) struct Explanation {
    kind: Kind,
    title: String,
    meaning: String,
    fix: String,
    /// What wisp does about it by itself.
    meanwhile: Option<&'static str>,
    /// The page that says more.
    see: String,
    /// The check of a doctor that looks at it.
    check: Option<&'static Check>,
    /// The lines of the text that it stands in, from 1.
    lines: Vec<usize>,
}

/// What was known by which. The order is that in which explanations are told: what says most comes first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Number,
    Failure,
    Reason,
    ExitCode,
    Check,
    Phrase,
    Category,
}

/// What is known of a text.
#[derive(Debug)]
pub(crate) struct Explained {
    /// Each once, what says most first.
    found: Vec<Explanation>,
    /// Numbers of Entra that stand in no table.
    unknown: Vec<u32>,
    /// How many lines the text has.
    lines: usize,
}

impl Explained {
    /// Whether anything of the text is known.
    pub(crate) fn is_known(&self) -> bool {
        !self.found.is_empty()
    }

    /// What to look at for what is not known.
    pub(crate) fn advice(&self) -> Vec<String> {
        let numbers = self.unknown.iter().map(|code| {
            format!(
                "AADSTS{code} stands in no table here; https://login.microsoftonline.com/error?code={code} has Microsoft's words"
            )
        });
        let nothing = (!self.is_known()).then(|| {
            "nothing of this is known here; paste the lines around it too: wisp's own (kubectl logs POD -c wisp), the end of \
             kubectl describe pod POD, or the whole error of the client; docs/troubleshooting.md has what is known"
                .to_owned()
        });
        numbers.chain(nothing).collect()
    }
}

/// What one line of a log means: its heading, its meaning and the fix.
#[derive(Debug)]
pub(crate) struct LineMeaning {
    /// A number of Entra, a sentence, or who says what.
    pub(crate) title: String,
    /// What it means here.
    pub(crate) meaning: String,
    /// What to do.
    pub(crate) fix: String,
}

/// What says most of a line, or what its number of Entra means, if it has that one. What only says where to look is left out.
pub(crate) fn meaning_of_line(line: &str, number: Option<u32>) -> Option<LineMeaning> {
    let title = number.map(|number| format!("AADSTS{number}"));
    let is_meant = |found: &Explanation| match &title {
        Some(title) => found.title == *title,
        None => !matches!(found.kind, Kind::Check | Kind::Category),
    };
    let found = explain(line).found.into_iter().find(is_meant)?;
    Some(LineMeaning { title: found.title, meaning: found.meaning, fix: found.fix })
}

/// Explains `text`.
pub(crate) fn explain(text: &str) -> Explained {
    let text = Text::of(text);
    let (mut found, unknown) = numbers::explained(&text);
    found.extend(sentences::failures(&text));
    found.extend(sentences::reasons(&text));
    found.extend(exit_codes::exit_codes(&text));
    found.extend(words::checks(&text));
    found.extend(phrases::explained(&text));
    if found.is_empty() {
        found = words::categories(&text);
    }
    // Stable: within a kind the order is that of its table.
    found.sort_by_key(|explanation| explanation.kind);
    Explained { found, unknown, lines: text.lines().count() }
}

#[cfg(test)]
mod tests;
