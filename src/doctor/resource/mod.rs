//! What comes after the token: a resource's own answer, and what is wrong where it refuses.
//!
//! Nothing here asks anybody: it judges names, addresses, statuses and bodies that were seen.
//!
//! - [`service`]: Azure's services by the end of their names: audience, role, private zone
//! - [`address`]: where the name leads; [`answer`]: what was answered; [`code`]: the words that services refuse with

pub(crate) mod address;
pub(crate) mod answer;
mod code;
pub(crate) mod service;
#[cfg(test)]
mod tests;

pub(crate) use answer::{Answer, Asked};
