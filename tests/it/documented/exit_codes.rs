//! The exit codes of both programs: the page's table is made from the enumeration.

use std::fmt::Write as _;

use syn::{Expr, Item, Lit, Meta};

use super::{read, root};

const PAGE: &str = "docs/exit-codes.md";
const CODES: &str = "src/cli/exit.rs";

#[test]
#[expect(clippy::disallowed_methods, reason = "tells a test to write the page, and wisp nothing")]
fn every_exit_code_is_on_the_page() {
    let page = read(PAGE);
    let (before, rest) = page.split_once("<!-- codes -->\n").unwrap();
    let (written, after) = rest.split_once("<!-- /codes -->").unwrap();
    let table = table();
    if std::env::var_os("WISP_UPDATE_DOCS").is_some() {
        let updated = format!("{before}<!-- codes -->\n{table}\n<!-- /codes -->{after}");
        std::fs::write(root().join(PAGE), updated).unwrap();
        return;
    }
    assert!(
        written.trim() == table.trim(),
        "{PAGE} differs from {CODES}: run the tests once with WISP_UPDATE_DOCS=1"
    );
}

fn table() -> String {
    let file = syn::parse_file(&read(CODES)).unwrap();
    let codes = file.items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == "Exit" => Some(item),
        _ => None,
    });
    let mut table = "| Code | Meaning |\n|---|---|\n".to_owned();
    for code in &codes.unwrap().variants {
        let (_, Expr::Lit(number)) = code.discriminant.as_ref().unwrap() else {
            panic!("{}: its number is no literal", code.ident)
        };
        let (Lit::Int(number), meaning) = (&number.lit, meaning(&code.attrs)) else {
            panic!("{}: its number is none", code.ident)
        };
        writeln!(table, "| {number} | {meaning} |").unwrap();
    }
    table
}

/// A documentation comment, on one line and without its full stop.
fn meaning(attributes: &[syn::Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(comment) if comment.path.is_ident("doc") => match &comment.value {
                Expr::Lit(text) => match &text.lit {
                    Lit::Str(text) => Some(text.value().trim().to_owned()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
    let text = lines.collect::<Vec<_>>().join(" ");
    text.trim_end_matches('.').to_owned()
}
