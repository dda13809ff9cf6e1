//! The one table of what clients, clusters and resources say, and of what it means beside wisp.
//!
//! The most telling come first: what wisp itself says before it serves, what a resource answered, then what the cluster did, then the network, and last the words in which
//! clients wrap all of that.

mod clients;
mod cluster;
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
}

impl Phrase {
    const fn unless(self, unless: &'static [&'static str]) -> Self {
        Self { unless, ..self }
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
    Phrase { speaker, says, meaning, fix, check, unless: &[] }
}

/// Rows that belong together, under what they are about.
pub(super) const GROUPS: [(&str, &[Phrase]); 5] = [
    ("wisp before it serves", own::PHRASES),
    ("The resource", resource::PHRASES),
    ("The cluster", cluster::PHRASES),
    ("The network", network::PHRASES),
    ("Clients", clients::PHRASES),
];

/// The page that has the table.
const PAGE: &str = "docs/troubleshooting.md#what-clients-and-clusters-say";

/// Who speaks in the lines of wisp, where the words of others mean nothing.
const WISP: &str = "wisp";

/// Each phrase that `text` holds.
pub(super) fn explained(text: &Text) -> Vec<Explanation> {
    let phrases = GROUPS.iter().flat_map(|(_, phrases)| *phrases);
    phrases
        .filter_map(|phrase| explanation(phrase, text))
        .collect()
}

fn explanation(phrase: &Phrase, text: &Text) -> Option<Explanation> {
    let lines_of = |says: &str| {
        let words = Words::of(says);
        text.lines_that(|line| words.stand_in(line))
    };
    let others: BTreeSet<_> = phrase
        .unless
        .iter()
        .flat_map(|says| lines_of(says))
        .collect();
    let found: Vec<_> = phrase
        .says
        .iter()
        .map(|says| (*says, lines_of(says)))
        .collect();
    let all: BTreeSet<_> = found.iter().flat_map(|(_, lines)| lines).copied().collect();
    let is_meant = |line: &usize| {
        let is_heard = phrase.speaker == WISP || !text.is_of_wisp(*line);
        let follows = line + 1;
        let is_other = others.contains(line) || (others.contains(&follows) && !all.contains(&follows));
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
