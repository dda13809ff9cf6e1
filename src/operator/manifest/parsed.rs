//! A document that was read, both ways: it is edited in both, and has to say the same afterwards.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    LineDiagnostic, json, splice, templating,
    tree::{self, Node},
    values::{self, Format},
};
use crate::operator::edit::{self, Edit, Step};

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Parsed<'a> {
    /// What is written.
    pub text: Cow<'a, str>,
    /// What it says.
    pub value: Value,
    /// Where it says so.
    pub tree: Node,
    format: Format,
}

impl<'a> Parsed<'a> {
    /// The document of `text`, which says `value`. None when nothing is in it.
    pub(crate) fn new(text: &'a str, value: Value, format: Format) -> Result<Option<Self>, LineDiagnostic> {
        let Some(tree) = positions(text, format)? else { return Ok(None) };
        if let Some(diagnostic) = templating::in_tree(&tree) {
            return Err(diagnostic);
        }
        Ok(Some(Self { text: text.into(), value, tree, format }))
    }

    /// The document with `edits`, once text and values say the same. None when there are no edits.
    pub(crate) fn edited(&self, edits: &[Edit]) -> Result<Option<Parsed<'static>>, LineDiagnostic> {
        if edits.is_empty() {
            return Ok(None);
        }
        let mut value = self.value.clone();
        edit::apply(&mut value, edits).ok_or_else(|| {
            LineDiagnostic::general("the edits do not fit the document; please report this")
        })?;
        let text = splice::apply(&self.text, &self.tree, edits)?;
        let (written, format) = values::read(&text)?;
        if written != value {
            return Err(LineDiagnostic::general(
                "cannot be edited in place without a change of its meaning; rewrite it in plain block style",
            ));
        }
        let tree = positions(&text, format)?.ok_or_else(|| {
            LineDiagnostic::general("nothing would be left of the document; please report this")
        })?;
        Ok(Some(Parsed { text: text.into(), value, tree, format: self.format }))
    }

    /// How the empty value at `path` is written.
    pub(crate) fn spelling(&self, path: &[Step]) -> Option<String> {
        splice::spelling(&self.text, &self.tree, path)
    }

    /// The line on which the node at `path` starts.
    pub(crate) fn line_of(&self, path: &[Step]) -> usize {
        self.tree.line_of(path)
    }
}

fn positions(text: &str, format: Format) -> Result<Option<Node>, LineDiagnostic> {
    match format {
        Format::Yaml => tree::read(text),
        Format::Json => json::read(text).map(Some),
    }
}
