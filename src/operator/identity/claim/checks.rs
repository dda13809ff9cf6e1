//! What is wrong with a claim, and where in its text.

use std::{fmt::Display, str::FromStr};

use crate::operator::{
    edit::{Path, Step, display},
    identity::naming::Rule,
    manifest::{LineDiagnostic, tree::Node},
};

/// What was found wrong so far, and where things stand.
pub(super) struct Checks<'a> {
    tree: &'a Node,
    wrong: Vec<LineDiagnostic>,
    warnings: Vec<(usize, String)>,
}

impl<'a> Checks<'a> {
    /// Nothing is found wrong yet in what stands at `tree`.
    pub(super) fn new(tree: &'a Node) -> Self {
        Self { tree, wrong: Vec::new(), warnings: Vec::new() }
    }

    /// The warnings, or all that is wrong, in the order of the text.
    pub(super) fn end(mut self) -> Result<Vec<(usize, String)>, Vec<LineDiagnostic>> {
        self.wrong.sort_by_key(|diagnostic| diagnostic.line);
        if self.wrong.is_empty() { Ok(self.warnings) } else { Err(self.wrong) }
    }

    /// The value at `path` is wrong: `what` follows its name.
    pub(super) fn wrong(&mut self, path: &[&str], what: impl AsRef<str>) {
        let path = steps(path);
        let text = format!("`{}` {}", display(&path), what.as_ref());
        self.wrong
            .push(LineDiagnostic::at(self.tree.line_of(&path), text));
    }

    /// The value at `path` is allowed and should be looked at.
    pub(super) fn warn(&mut self, path: &[&str], what: impl AsRef<str>) {
        let path = steps(path);
        let text = format!("`{}` {}", display(&path), what.as_ref());
        self.warnings.push((self.tree.line_of(&path), text));
    }

    /// `text` at `path`, if it keeps to `rule`.
    pub(super) fn name(&mut self, path: &[&str], text: &str, rule: &Rule) -> Option<String> {
        if !rule.accepts(text) {
            self.wrong(path, format!("cannot be `{}`: expected {}", text.escape_debug(), rule.expected));
            return None;
        }
        Some(text.to_owned())
    }

    /// `text` at `path`, read as one of the names of Azure.
    pub(super) fn parsed<T>(&mut self, path: &[&str], text: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(path, format!("cannot be `{}`: {error}", text.escape_debug()));
                None
            }
        }
    }
}

/// Words that are numbers are items of lists.
fn steps(path: &[&str]) -> Path {
    let step = |word: &&str| {
        word.parse::<usize>()
            .map_or_else(|_| Step::from(*word), Step::from)
    };
    path.iter().map(step).collect()
}
