//! What is written for people: tables and lists, for terminals and for reports.
//!
//! - `text`: for terminals
//! - `markdown`: for reports

mod markdown;
mod text;

pub(crate) use markdown::{escaped, markdown};
pub(crate) use text::text;

/// The forms in which something is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Form {
    /// Tables for terminals.
    #[default]
    Text,
    /// One JSON object, of the schema that it names.
    Json,
    /// Tables for reports.
    Markdown,
}

impl Form {
    /// The forms, by name.
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("text", Self::Text), ("json", Self::Json), ("markdown", Self::Markdown)];
}

/// All that is written of one thing.
pub(crate) struct Report {
    pub title: &'static str,
    /// Sentences at the top.
    pub summary: Vec<String>,
    pub sections: Vec<Section>,
}

/// A table, a list where it has no columns.
pub(crate) struct Section {
    pub title: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<String>>,
}

/// What stands where there is nothing.
const NONE: &str = "-";

/// `text`, or what stands where there is nothing.
pub(crate) fn or_none(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    if text.is_empty() { NONE.to_owned() } else { text.to_owned() }
}

/// `count` things called `name`.
pub(crate) fn count(count: usize, name: &str) -> String {
    match (count, name.strip_suffix('y')) {
        (1, _) => format!("1 {name}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {name}s"),
    }
}

/// A list of `lines`.
pub(crate) fn list(title: &'static str, lines: Vec<String>) -> Section {
    Section { title, columns: &[], rows: lines.into_iter().map(|line| vec![line]).collect() }
}
