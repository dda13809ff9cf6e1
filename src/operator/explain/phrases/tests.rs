mod connections;
mod messages;
mod pods;

use std::collections::BTreeSet;

use super::{super::text::Text, GROUPS, explained, markdown};
use crate::observe::page::page_has;
use connections::CONNECTIONS;
use messages::WELL_KNOWN;
use pods::PODS;

#[test]
fn what_programs_say_is_known_and_nothing_else_is_told() {
    let mut wrong = Vec::new();
    for (text, expected) in [WELL_KNOWN, CONNECTIONS, PODS].into_iter().flatten() {
        let found = explained(&Text::of(text));
        let titles: Vec<_> = found.iter().map(|found| found.title.as_str()).collect();
        let is_right = titles.len() == expected.len()
            && titles
                .iter()
                .zip(*expected)
                .all(|(title, begin)| title.starts_with(begin));
        if !is_right {
            wrong.push(format!("{text}: {titles:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

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
