//! The checks of the emulator: each of their numbers is on its page.

use proc_macro2::{TokenStream, TokenTree};

use super::read;

const PAGE: &str = "docs/emulator.md";
const CHECKS: &str = "src/emulator/checks.rs";

/// AADSTS numbers have at least five digits, and nothing else in the checks has.
const SMALLEST: u32 = 10_000;

#[test]
fn every_number_that_a_check_ends_with_is_on_the_page() {
    let page = read(PAGE);
    let (_, checked) = page.split_once("\n## What is checked").unwrap();
    let (checked, _) = checked.split_once("\n## ").unwrap();
    let mut numbers = Vec::new();
    collect(read(CHECKS).parse().unwrap(), &mut numbers);
    assert!(numbers.len() > 20, "numbers are not found any more: {numbers:?}");
    numbers.retain(|number| !checked.contains(&number.to_string()));
    assert!(numbers.is_empty(), "{PAGE} does not say which step ends with {numbers:?}");
}

fn collect(code: TokenStream, numbers: &mut Vec<u32>) {
    for token in code {
        match token {
            TokenTree::Group(group) => collect(group.stream(), numbers),
            TokenTree::Literal(literal) => {
                let text = literal.to_string().replace('_', "");
                let number = text.trim_end_matches("u32").parse::<u32>();
                numbers.extend(number.ok().filter(|number| *number >= SMALLEST));
            }
            _ => {}
        }
    }
}
