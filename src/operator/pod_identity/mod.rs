//! The objects of AAD pod-managed identity (`aadpodidentity.k8s.io`), and which identities a pod has by them.
//!
//! They come parsed, from a cluster, a manifest or a dump; nothing here asks anybody. What is malformed is kept with its reason, so
//! that whoever reads them can say what was left out.
//!
//! - `fields`: the fields of a `spec`, however they are capitalised
//! - `identity`, `binding`, `exception`: one kind each
//! - `objects`: all of them together
//! - `assigned_identity`: what the controller noted of pods that have one
//! - `assignment`: which identities a pod has

mod assigned_identity;
mod assignment;
mod binding;
mod exception;
mod fields;
mod identity;
mod name;
mod objects;
#[cfg(test)]
mod tests;

pub(crate) use assigned_identity::AzureAssignedIdentity;
pub(crate) use assignment::{Assigned, Assignment, LABEL, Matching, label};
pub(crate) use binding::AzureIdentityBinding;
pub(crate) use exception::AzurePodIdentityException;
pub(crate) use fields::any_case;
pub(crate) use identity::{AzureIdentity, Credential};
pub(crate) use name::ObjectName;
pub(crate) use objects::{Kind, Objects};
