//! The choices of injection: each is in the page's table.

use std::process::Command;

use super::{quoted, read};
use crate::kit::{programs::WISPCTL, run::must};

const PAGE: &str = "docs/inject.md";

#[test]
fn every_choice_is_on_the_page() {
    let help = must(Command::new(WISPCTL).args(["inject", "--help"]));
    let choices: Vec<_> = help
        .lines()
        .filter(|line| line.contains("[value: "))
        .filter_map(|line| line.trim_start().strip_prefix("--")?.split(' ').next())
        .collect();
    assert!(choices.len() > 15, "{help}");
    let page = quoted(&read(PAGE));
    let missing: Vec<_> = choices
        .into_iter()
        .filter(|choice| !page.iter().any(|word| word == choice))
        .collect();
    assert!(missing.is_empty(), "{PAGE} lacks the choices {missing:?}");
}
