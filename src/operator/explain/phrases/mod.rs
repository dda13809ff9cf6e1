//! The one table of what clients, clusters and resources say, and of what it means beside wisp.
//!
//! The most telling come first: what wisp itself says before it serves, what a resource answered, then what the cluster did, then the network, and last the words in which
//! clients wrap all of that.

mod clients;
mod cluster;
mod network;
mod own;
mod resource;

use super::{
    Explanation, Kind,
    text::{Text, Words},
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
}

/// A row: who, words, meaning, fix, check.
const fn phrase(
    speaker: &'static str,
    says: &'static [&'static str],
    meaning: &'static str,
    fix: &'static str,
    check: Option<&'static Check>,
) -> Phrase {
    Phrase { speaker, says, meaning, fix, check }
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

/// Each phrase that `text` holds.
pub(super) fn explained(text: &Text) -> Vec<Explanation> {
    GROUPS
        .iter()
        .flat_map(|(_, phrases)| *phrases)
        .filter_map(|phrase| {
            let says: Vec<_> = phrase
                .says
                .iter()
                .map(|says| (*says, Words::of(says)))
                .collect();
            let lines = text.lines_that(|line| says.iter().any(|(_, words)| words.stand_in(line)));
            let (found, _) = says
                .iter()
                .find(|(_, words)| text.lines().any(|(_, line)| words.stand_in(line)))?;
            Some(Explanation {
                kind: Kind::Phrase,
                title: format!("{}: {}", phrase.speaker, found.replace(BLANK, "…")),
                meaning: phrase.meaning.to_owned(),
                fix: phrase.fix.to_owned(),
                meanwhile: None,
                see: phrase.check.map_or_else(|| PAGE.to_owned(), table::link),
                check: phrase.check,
                lines,
            })
        })
        .collect()
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
                .map(|says| format!("`{}`", says.replace(BLANK, "…")))
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
mod tests {
    use std::collections::BTreeSet;

    use super::{GROUPS, markdown};
    use crate::observe::page::page_has;

    #[test]
    fn words_are_there_once_and_texts_are_short_single_lines() {
        let mut all = BTreeSet::new();
        for phrase in GROUPS.iter().flat_map(|(_, phrases)| *phrases) {
            for says in phrase.says {
                assert!(says.len() >= 8 && all.insert(says.to_lowercase()), "{says}");
            }
            for text in [phrase.meaning, phrase.fix] {
                assert!(text.len() <= 260 && text.ends_with('.') && !text.contains(['\n', '|']), "{text}");
            }
        }
        assert!(all.len() > 60, "{}", all.len());
    }

    #[test]
    fn the_page_has_this_table() {
        page_has("docs/troubleshooting.md", "phrases", &markdown());
    }
}
