//! A report as people and programs read it.

use super::{html::html, markdown::markdown, model::Report};

/// The forms in which a report is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Form {
    /// One page that needs nothing else.
    #[default]
    Html,
    /// Tables for repositories and wikis.
    Markdown,
    /// One JSON object, of the schema that it names.
    Json,
}

impl Form {
    /// The forms, by name.
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("html", Self::Html), ("markdown", Self::Markdown), ("json", Self::Json)];
}

/// `report` in `form`.
pub(crate) fn render(report: &Report, form: Form) -> String {
    match form {
        Form::Html => html(report),
        Form::Markdown => markdown(report),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
    }
}
