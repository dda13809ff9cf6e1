//! What a cluster and Azure have of identities, from dumps of both, and what is wrong with it.
//!
//! - `facts`: what the dumps say
//! - `read`: dumps, read one object after the other, whose kinds are in `azure` and `kubernetes`
//! - `table`: the checks, each with its stable id
//! - `checks`: the checks themselves, over the facts
//! - `report`: what was found, for people and for programs

mod azure;
mod checks;
mod facts;
mod kubernetes;
mod read;
mod report;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use checks::audit;
pub(crate) use facts::Facts;
pub(crate) use report::{json, text};
