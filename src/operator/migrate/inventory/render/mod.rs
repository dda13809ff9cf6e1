//! An inventory as people and programs read it.
//!
//! - `sections`: its tables, which text and Markdown share; `notes`: what stands below them
//! - `text`: for terminals
//! - `markdown`: for reports

mod markdown;
mod notes;
mod sections;
mod text;

use super::Inventory;

/// The forms in which an inventory is written.
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

/// `inventory` in `form`.
pub(crate) fn render(inventory: &Inventory, form: Form) -> String {
    match form {
        Form::Text => text::text(&sections::report(inventory)),
        Form::Markdown => markdown::markdown(&sections::report(inventory)),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(inventory).unwrap_or_default() + "\n",
    }
}
