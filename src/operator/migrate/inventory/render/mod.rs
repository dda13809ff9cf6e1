//! An inventory as people and programs read it.
//!
//! - `sections`: its tables; `notes`: what stands below them

mod notes;
mod sections;

pub(crate) use sections::{secrets, unread};

use super::Inventory;
use crate::operator::migrate::tables::{Form, markdown, text};

/// `inventory` in `form`.
pub(crate) fn render(inventory: &Inventory, form: Form) -> String {
    match form {
        Form::Text => text(&sections::report(inventory)),
        Form::Markdown => markdown(&sections::report(inventory)),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(inventory).unwrap_or_default() + "\n",
    }
}
