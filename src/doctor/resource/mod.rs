//! What comes after the token: a resource's own answer, and what is wrong where it refuses.
//!
//! Nothing here asks anybody: it judges names, addresses, statuses and bodies that were seen.
//!
//! - [`service`]: Azure's services by the end of their names: audience, role, private zone
//! - [`unasked`]: services that cannot be asked over HTTP
//! - [`address`]: where the name leads; [`answer`]: what was answered; [`code`]: the words that services refuse with

pub(crate) mod address;
mod answer;
mod code;
pub(crate) mod service;
#[cfg(test)]
mod tests;
pub(crate) mod unasked;

pub(crate) use answer::{Answer, Asked};

use super::Finding;

/// What is to be said of an answer. Nothing of it repeats a token.
pub(crate) fn judge(asked: Asked<'_>, answer: Answer<'_>) -> Finding {
    unasked::exchanged(asked, answer).unwrap_or_else(|| answer::judge(asked, answer))
}
