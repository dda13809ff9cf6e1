//! The one table of what clients, clusters and resources say, and of what it means beside wisp.
//!
//! The most telling come first: what wisp itself says before it serves, what a resource answered, then what the cluster did, then the network, and last the words in which
//! clients wrap all of that.

mod clients;
mod cluster;
mod database;
mod http;
mod network;
mod own;
mod resource;

use std::collections::BTreeSet;

use super::{
    Explanation, Kind,
    text::{NAME, Text, Words},
};
use crate::{
    doctor::{Check, table},
    failure::BLANK,
};

/// Words of others, and what is behind them.
pub(super) struct Phrase {
    /// Who says so.
    pub(super) speaker: &'static str,
    /// The words: any of these; [`BLANK`] stands for anything.
    pub(super) says: &'static [&'static str],
    /// What it means here.
    pub(super) meaning: &'static str,
    /// What to do.
    pub(super) fix: &'static str,
    /// The check that looks at it.
    pub(super) check: Option<&'static Check>,
    /// Words in the same line, or in one that follows it, beside which it means something else.
    pub(super) unless: &'static [&'static str],
    /// Within how many lines those words count, where that is not the same line and the next one.
    pub(super) around: Option<usize>,
    /// Whether it says so little that it is not told beside others of its group.
    pub(super) is_general: bool,
    /// Words that mean it where they are the whole text.
    pub(super) alone: &'static [&'static str],
}

impl Phrase {
    const fn unless(self, unless: &'static [&'static str]) -> Self {
        Self { unless, ..self }
    }

    /// The words of `unless` count within so many lines.
    const fn around(self, lines: usize) -> Self {
        Self { around: Some(lines), ..self }
    }

    /// It is not told of lines that are so near to one which another phrase of the group explains.
    const fn general(self, lines: usize) -> Self {
        Self { is_general: true, around: Some(lines), ..self }
    }

    const fn alone(self, alone: &'static [&'static str]) -> Self {
        Self { alone, ..self }
    }
}

/// A row: who, words, meaning, fix, check.
const fn phrase(
    speaker: &'static str,
    says: &'static [&'static str],
    meaning: &'static str,
    fix: &'static str,
    check: Option<&'static Check>,
) -> Phrase {
    Phrase { speaker, says, meaning, fix, check, unless: &[], around: None, is_general: false, alone: &[] }
}

/// Rows that belong together, under what they are about.
pub(super) const GROUPS: [(&str, &[Phrase]); 7] = [
    ("wisp before it serves", own::PHRASES),
    ("The resource", resource::PHRASES),
    ("The database", database::PHRASES),
    ("The cluster", cluster::PHRASES),
    ("The network", network::PHRASES),
    ("Answers over HTTP", http::PHRASES),
    ("Clients", clients::PHRASES),
];

/// The page that has the table.
const PAGE: &str = "docs/troubleshooting.md#what-clients-and-clusters-say";

/// Who speaks in the lines of wisp, where the words of others mean nothing.
const WISP: &str = "wisp";

/// What the Secrets Store CSI driver says around the words of whoever refused.
pub(super) const NO_SECRET: &[&str] = &[
    "failed to mount secrets store objects",
    "failed to process mount request",
    "failed to mount objects, error",
    "error mounting secret time=",
];

/// Each phrase that `text` holds.
pub(super) fn explained(text: &Text) -> Vec<Explanation> {
    GROUPS
        .iter()
        .flat_map(|(_, phrases)| of_group(phrases, text))
        .collect()
}

fn of_group(phrases: &'static [Phrase], text: &Text) -> Vec<Explanation> {
    let mut explained = BTreeSet::new();
    let mut found = Vec::new();
    for is_general in [false, true] {
        let all = phrases
            .iter()
            .enumerate()
            .filter(|(_, phrase)| phrase.is_general == is_general);
        let explanations: Vec<_> = all
            .filter_map(|(at, phrase)| Some((at, explanation(phrase, text, &explained)?)))
            .collect();
        explained.extend(explanations.iter().flat_map(|(_, one)| one.lines.clone()));
        found.extend(explanations);
    }
    found.sort_by_key(|(at, _)| *at);
    found
        .into_iter()
        .map(|(_, explanation)| explanation)
        .collect()
}

/// What a phrase means in `text`, of whose lines others of its group have `explained` some.
fn explanation(phrase: &Phrase, text: &Text, explained: &BTreeSet<usize>) -> Option<Explanation> {
    let lines_of = |says: &str| {
        let words = Words::of(says);
        text.lines_that(|line| words.stand_in(line))
    };
    let mut others: BTreeSet<_> = phrase
        .unless
        .iter()
        .flat_map(|says| lines_of(says))
        .collect();
    if phrase.is_general {
        others.extend(explained);
    }
    let is_whole = text
        .only_word()
        .is_some_and(|word| phrase.alone.contains(&word));
    let found: Vec<_> = phrase
        .says
        .iter()
        .map(|says| (*says, if is_whole { vec![1] } else { lines_of(says) }))
        .collect();
    let all: BTreeSet<_> = found.iter().flat_map(|(_, lines)| lines).copied().collect();
    let is_meant = |line: &usize| {
        let is_heard = phrase.speaker == WISP || !text.is_of_wisp(*line);
        let follows = line + 1;
        let is_other = match phrase.around {
            Some(near) => others
                .range(line.saturating_sub(near)..=line + near)
                .next()
                .is_some(),
            None => others.contains(line) || (others.contains(&follows) && !all.contains(&follows)),
        };
        is_heard && !is_other
    };
    let first = found
        .iter()
        .find(|(_, lines)| lines.iter().any(is_meant))
        .map(|(says, _)| shown(says));
    Some(Explanation {
        kind: Kind::Phrase,
        title: format!("{}: {}", phrase.speaker, first?),
        meaning: phrase.meaning.to_owned(),
        fix: phrase.fix.to_owned(),
        meanwhile: None,
        see: phrase.check.map_or_else(|| PAGE.to_owned(), table::link),
        check: phrase.check,
        lines: all.iter().copied().filter(is_meant).collect(),
    })
}

/// Words as people read them.
fn shown(says: &str) -> String {
    says.replace(BLANK, "…").replace(NAME, "…")
}

/// The table for the page.
#[cfg(test)]
fn markdown() -> String {
    use std::fmt::Write as _;
    let mut page = String::new();
    for (group, phrases) in GROUPS {
        let _ = write!(page, "\n**{group}**\n\n| Words | Meaning here | Fix |\n|---|---|---|\n");
        for phrase in phrases {
            let says: Vec<_> = phrase
                .says
                .iter()
                .map(|says| format!("`{}`", shown(says)))
                .collect();
            let _ = writeln!(
                page,
                "| {}: {} | {} | {} |",
                phrase.speaker,
                says.join(", "),
                phrase.meaning,
                phrase.fix
            );
        }
    }
    page
}

#[cfg(test)]
mod tests;
