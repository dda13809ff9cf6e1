//! Manifests: documents in YAML and JSON files.
//!
//! A file is split into documents ([`stream`]). A document is read twice, by independent means: to values by serde-saphyr or
//! serde_json ([`values`]), and to positions in the text ([`tree`], [`json`]). Edits planned on the values are made to the text
//! ([`splice`]), so that comments, order, quoting and line breaks stay; then the text is read again, and has to say what the
//! edited values say ([`parsed`]). What is in a document is nobody's business here.

pub(crate) mod difference;
pub(crate) mod items;
pub(crate) mod json;
mod lines;
pub(crate) mod parsed;
pub(crate) mod render;
pub(crate) mod splice;
pub(crate) mod stream;
pub(crate) mod templating;
pub(crate) mod tree;
pub(crate) mod values;

/// What is wrong with a document, and on which of its lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LineDiagnostic {
    /// The line, counted from 1 at the start of the document; none when it concerns all of it.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub text: String,
}

impl LineDiagnostic {
    /// LineDiagnostic on `line`.
    pub(crate) fn at(line: usize, text: impl Into<String>) -> Self {
        Self { line: Some(line), text: text.into() }
    }

    /// LineDiagnostic with the whole document.
    pub(crate) fn general(text: impl Into<String>) -> Self {
        Self { line: None, text: text.into() }
    }
}
