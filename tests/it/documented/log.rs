//! Log lines: each operation and each field is on the page.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{quoted, read, root, rust_files};

const PAGE: &str = "docs/observability.md";

/// What writes no log of `wisp`.
const OTHERS: [&str; 3] = ["src/emulator", "src/operator", "src/cli/wispctl"];

const MACROS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "event"];

#[test]
fn every_operation_and_field_is_on_the_page() {
    let page: BTreeSet<_> = quoted(&read(PAGE)).into_iter().collect();
    let logged = logged();
    assert!(
        logged.operations.len() > 5 && logged.fields.len() > 20,
        "lines are not found any more: {logged:#?}"
    );
    let missing = |named: &BTreeSet<String>| named.difference(&page).cloned().collect::<Vec<_>>();
    let (operations, fields) = (missing(&logged.operations), missing(&logged.fields));
    assert!(
        operations.is_empty() && fields.is_empty(),
        "{PAGE} lacks the operations {operations:?} and the fields {fields:?}"
    );
}

#[test]
fn targets_on_the_page_are_modules() {
    let page = read(PAGE);
    let targets: Vec<_> = quoted(&page)
        .into_iter()
        .filter_map(|word| word.strip_prefix("wisp::").map(str::to_owned))
        .collect();
    assert!(targets.len() > 5, "{targets:?}");
    for target in targets {
        let file = root().join("src").join(target.replace("::", "/"));
        let exists = file.with_extension("rs").exists() || file.join("mod.rs").exists();
        assert!(exists, "{PAGE} names the target wisp::{target}, and there is no such module");
    }
}

/// What stands in the lines.
#[derive(Debug, Default)]
struct Logged {
    operations: BTreeSet<String>,
    fields: BTreeSet<String>,
}

fn logged() -> Logged {
    let mut logged = Logged::default();
    for file in rust_files(&root().join("src")) {
        let path = file.strip_prefix(root()).unwrap();
        let is_test = path.components().any(|component| {
            ["tests", "tests.rs", "testing.rs"]
                .iter()
                .any(|name| component.as_os_str() == *name)
        });
        if is_test || OTHERS.iter().any(|other| path.starts_with(other)) {
            continue;
        }
        let text = read(path);
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        logged.take(code.parse().unwrap());
    }
    logged
}

impl Logged {
    /// Looks for the macros in code and in all that it nests.
    fn take(&mut self, code: TokenStream) {
        let tokens: Vec<_> = code.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let before = |distance| {
                at.checked_sub(distance)
                    .map(|at| tokens[at].to_string())
                    .unwrap_or_default()
            };
            // `tracing::info!(…)`, and in macros of our own `tracing::$level!(…)`.
            let name = before(2);
            let is_line = before(1) == "!"
                && (MACROS.contains(&name.as_str()) || (name == "level" && before(3) == "$"));
            if is_line {
                self.line(group.stream());
            }
            self.take(group.stream());
        }
    }

    /// The arguments of a macro up to the message, which is a literal.
    fn line(&mut self, arguments: TokenStream) {
        let arguments: Vec<_> = arguments.into_iter().collect();
        for argument in arguments.split(|token| token.to_string() == ",") {
            match argument {
                [TokenTree::Literal(_), ..] => return,
                // `target: "…"` and `Level::INFO`.
                [_, TokenTree::Punct(colon), ..] if colon.as_char() == ':' => {}
                [TokenTree::Ident(name), TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
                    self.field(&name.to_string(), value);
                }
                [TokenTree::Ident(name)] => self.field(&name.to_string(), &[]),
                [TokenTree::Punct(_), name @ ..] => {
                    self.field(&name.iter().map(ToString::to_string).collect::<String>(), &[]);
                }
                // Fields of their own, such as those of a group in braces.
                [TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
                    self.line(group.stream());
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, name: &str, value: &[TokenTree]) {
        self.fields.insert(name.to_owned());
        if let ("operation", [TokenTree::Literal(value)]) = (name, value) {
            self.operations
                .insert(value.to_string().trim_matches('"').to_owned());
        }
    }
}
