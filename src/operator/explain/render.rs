//! Explanations for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Explained, Explanation, Kind};
use crate::visible::escaped_json;

/// The version of the JSON form: it grows when a field changes its meaning or goes, not when one is added.
const VERSION: u32 = 1;

/// Lines that are told by their numbers.
const MAX_LINES: usize = 5;

/// For people.
pub(crate) fn text(explained: &Explained) -> String {
    let is_long = explained.lines > 1;
    let paragraphs: Vec<_> = explained
        .found
        .iter()
        .map(|found| paragraph(found, is_long))
        .collect();
    paragraphs.join("\n")
}

/// For programs.
pub(crate) fn json(explained: &Explained) -> String {
    let document = json!({
        "version": VERSION,
        "explanations": explained.found.iter().map(value).collect::<Vec<_>>(),
        "unknownNumbers": explained.unknown,
    });
    escaped_json(&format!("{document:#}\n"))
}

fn paragraph(explanation: &Explanation, is_long: bool) -> String {
    let Explanation { title, meaning, fix, meanwhile, see, check, lines, .. } = explanation;
    let mut text = format!("{title}\n    {meaning}\n    fix: {fix}\n");
    if let Some(meanwhile) = meanwhile {
        let _ = writeln!(text, "    meanwhile: wisp {meanwhile}");
    }
    if let Some(check) = check {
        let _ = writeln!(text, "    check: {}", check.id);
    }
    let _ = writeln!(text, "    see: {see}");
    // Of a text of one line it would say nothing.
    if is_long {
        let _ = writeln!(text, "    stands in: {}", numbered(lines));
    }
    text
}

fn numbered(lines: &[usize]) -> String {
    let shown: Vec<_> = lines
        .iter()
        .take(MAX_LINES)
        .map(ToString::to_string)
        .collect();
    let more = lines.len().saturating_sub(MAX_LINES);
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{word} {}{rest}", shown.join(", "))
}

fn value(explanation: &Explanation) -> Value {
    let Explanation { kind, title, meaning, fix, meanwhile, see, check, lines } = explanation;
    json!({
        "kind": kind.name(),
        "title": title,
        "meaning": meaning,
        "fix": fix,
        "meanwhile": meanwhile.map(|does| format!("wisp {does}")),
        "check": check.map(|check| check.id),
        "see": see,
        "lines": lines,
    })
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Number => "aadsts",
            Self::Failure => "failure",
            Self::Reason => "reason",
            Self::ExitCode => "exitCode",
            Self::Check => "check",
            Self::Phrase => "phrase",
            Self::Category => "category",
        }
    }
}
