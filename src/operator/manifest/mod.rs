//! Manifests: documents in YAML and JSON files.
//!
//! A file is split into documents ([`stream`]). A document is read twice, by independent means: to values by serde-saphyr or
//! serde_json ([`values`]), and to positions in the text ([`tree`], [`json`]). Edits planned on the values are made to the text
//! ([`splice`]), so that comments, order, quoting and line breaks stay; then the text is read again, and has to say what the
//! edited values say ([`parsed`]). What is in a document is nobody's business here.

pub mod difference;
pub mod json;
mod lines;
pub mod parsed;
pub mod render;
pub mod splice;
pub mod stream;
pub mod templating;
pub mod tree;
pub mod values;

/// What is wrong with a document, and on which of its lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LineDiagnostic {
    /// The line, counted from 1 at the start of the document; none when it concerns all of it.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub text: String,
}

impl LineDiagnostic {
    /// LineDiagnostic on `line`.
    pub fn at(line: usize, text: impl Into<String>) -> Self {
        Self { line: Some(line), text: text.into() }
    }

    /// LineDiagnostic with the whole document.
    pub fn general(text: impl Into<String>) -> Self {
        Self { line: None, text: text.into() }
    }
}
