//! The checklists of a security review, of a finished move and of an incident, answered with evidence.
//!
//! - `checklists`: one table of them, by their stable ids; `answers`: how each is answered
//! - `case`: what they are answered from; `render`: as people and programs read it
//!
//! Nothing is answered that was not seen: such a question says what to give so that it is, or is answered by people, with their evidence.

mod answers;
mod case;
mod checklists;
mod model;
mod render;
#[cfg(test)]
mod tests;

pub(super) use model::Review;
pub(crate) use render::render;

use super::{audit, facts::Facts, inventory::inventory};
use case::Case;
use checklists::{Item, all};
use model::{Answer, Row, SCHEMA};

/// The review of `facts`. What is wrong with answers of people is in its `not_read`.
pub(crate) fn review(facts: &Facts) -> Review {
    let case = Case { facts, audit: audit(facts), inventory: inventory(facts) };
    let mut not_read = facts.unread.clone();
    for id in facts.evidence.answers.keys() {
        if !all().any(|item| item.id == id) {
            not_read.push(format!("an answer to `{}`, which is no question of a review", id.escape_debug()));
        }
    }
    Review {
        schema: SCHEMA,
        issuer: case.audit.issuer.clone(),
        questions: all().map(|item| row(item, &case)).collect(),
        not_read,
    }
}

fn row(item: &'static Item, case: &Case<'_>) -> Row {
    let mut found = (item.answer)(case);
    let mut is_given = false;
    if let (Answer::CannotSee, Some(given)) = (found.answer, case.facts.evidence.answers.get(item.id)) {
        is_given = true;
        found.answer = if given.is_yes { Answer::Yes } else { Answer::No };
        found.evidence = vec![given.evidence.clone()];
    }
    Row {
        list: item.list,
        id: item.id,
        text: item.text,
        method: item.method,
        answer: found.answer,
        is_given,
        evidence: found.evidence,
        needs: (found.answer == Answer::CannotSee).then_some(item.needs),
        fix: (found.answer == Answer::No).then_some(item.fix),
    }
}
