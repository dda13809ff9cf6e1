//! The objects of AAD pod-managed identity (`aadpodidentity.k8s.io`), and which identities a pod has by them.
//!
//! They come parsed, from a cluster, a manifest or a dump; nothing here asks anybody. What is malformed is kept with its reason, so
//! that whoever reads them can say what was left out.
//!
//! - `fields`: the fields of a `spec`, however they are capitalised
//! - `identity`, `binding`, `exception`: one kind each
//! - `objects`: all of them together
//! - `assignment`: which identities a pod has

mod assignment;
mod binding;
mod exception;
mod fields;
mod identity;
mod name;
mod objects;
#[cfg(test)]
mod tests;

pub(crate) use assignment::{Assigned, Assignment, LABEL, Matching, label};
pub(crate) use identity::{AzureIdentity, Credential};
pub(crate) use name::ObjectName;
pub(crate) use objects::{Kind, Objects};
