//! The words that names are made of: those of the field, which a reader knows, in place of our own.

use std::{collections::BTreeSet, fs, path::Path};

use proc_macro2::{TokenStream, TokenTree};

use crate::documented::rust_files;

/// Words that no name has in it, with what stands in their place.
const WORDS: &[(&str, &str)] = &[
    ("aloft", "in flight"),
    ("beneath", "under"),
    ("boarding", "joining"),
    ("bystander", "the mesh's containers"),
    ("circumstances", "an epoch"),
    ("complain", "warn"),
    ("dismissed", "drained"),
    ("displaced", "evicted"),
    ("entangled", "has an anchor or a tag"),
    ("keeper", "the refresher"),
    ("oddity", "an unexpected reply"),
    ("problem", "an error"),
    ("refusal", "an error"),
    ("said", "the message, the output, the value"),
    ("seat", "a connection"),
    ("sparing", "limited"),
    ("spelt", "displayed"),
    ("strikes", "consecutive failures"),
    ("tangle", "has an anchor or a tag"),
    ("told", "the messages, the variables, what was notified"),
    ("trouble", "an error"),
    ("unsaid", "unset"),
    ("unusable", "an error"),
    ("verdict", "a classification"),
    ("wanted", "expected, needed, enabled"),
    ("wish", "a command"),
];

/// Names that say too little alone, with what stands in their place.
const NAMES: &[(&str, &str)] = &[
    ("house", "the layout"),
    ("over", "the end, or with what"),
    ("part", "a field, a segment"),
    ("place", "a path, a location"),
    ("places", "paths, locations"),
    ("question", "a request, a check"),
    ("room", "a capacity, a module"),
    ("way", "a path, a flag, a backend"),
    ("ways", "paths, flags, backends"),
    ("who", "whoever it is"),
];

/// More words than a name has. What has more is the name of a test, and a sentence.
const SENTENCE: usize = 5;

#[test]
fn names_are_made_of_the_words_of_the_field() {
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    for folder in ["src", "tests"] {
        for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            for name in names(text.parse().unwrap()) {
                seen += 1;
                let instead = instead(&name);
                wrong.extend(instead.map(|instead| format!("{}: {name} ({instead})", file.display())));
            }
        }
    }
    assert!(seen > 10_000, "the names are not found any more: {seen}");
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "names that a reader has to look up:\n{}", wrong.join("\n"));
}

/// What to call instead what is called `name`, if that is one of our own words.
fn instead(name: &str) -> Option<&'static str> {
    let words = words(name);
    if words.len() >= SENTENCE {
        return None;
    }
    let whole = words.join("_");
    let by_word = WORDS
        .iter()
        .find(|(word, _)| words.iter().any(|known| known == word));
    let found = by_word.or_else(|| NAMES.iter().find(|(name, _)| *name == whole));
    found.map(|(_, instead)| *instead)
}

/// The words of a name in any of Rust's cases, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = '_';
    for letter in name.trim_start_matches("r#").chars() {
        if last == '_' || letter.is_ascii_uppercase() && last.is_ascii_lowercase() {
            words.push(String::new());
        }
        last = letter;
        if let Some(word) = words.last_mut().filter(|_| letter != '_') {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// All names in `code`, those in macros among them.
fn names(code: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    for token in code {
        match token {
            TokenTree::Ident(ident) => names.push(ident.to_string()),
            TokenTree::Group(group) => names.extend(self::names(group.stream())),
            TokenTree::Literal(_) | TokenTree::Punct(_) => {}
        }
    }
    names
}

#[test]
fn words_are_found_in_every_case() {
    for name in ["told", "is_told", "WhatIsTold", "TOLD_BY"] {
        assert!(instead(name).is_some(), "{name}");
    }
    for name in ["withhold", "InPlace", "of_place", "what_is_taken_over_is_told"] {
        assert_eq!(instead(name), None, "{name}");
    }
    assert!(instead("Place").is_some());
}
