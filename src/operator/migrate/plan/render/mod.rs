//! A plan as people and programs read it.

mod report;
mod risks;

pub(crate) use report::{stages, steps};
pub(crate) use risks::risks;

use super::Plan;
use crate::operator::migrate::tables::{Form, count, markdown, text};

/// `plan` in `form`. Terminals get it short; all of it is in JSON, and in Markdown for people.
pub(crate) fn render(plan: &Plan, form: Form) -> String {
    match form {
        Form::Text => text(&report::short(plan)),
        Form::Markdown => markdown(&report::full(plan)),
        // It has neither keys that are no text nor numbers that JSON lacks.
        Form::Json => serde_json::to_string_pretty(plan).unwrap_or_default() + "\n",
    }
}

/// `number` credentials, as people say it.
pub(super) fn credentials(number: usize) -> String {
    count(number, "federated credential")
}
