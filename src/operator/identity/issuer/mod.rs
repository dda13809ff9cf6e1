//! The issuer of a cluster whose API server Entra cannot reach: its two documents, to be published where Entra can, and whether what
//! is published is what the API server signs with.

mod compare;
mod documents;
mod pem;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use compare::{Comparison, compare};
pub(crate) use documents::{Documents, documents};
pub(crate) use read::{Content, read};
