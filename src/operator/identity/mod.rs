//! What has to exist in Azure for a service account to be an identity, and who writes it there.
//!
//! - [`claim`]: what a team asks for, read from a file and checked
//! - `clouds`: audiences and authorities, by cloud
//! - [`issuer`]: the documents of a cluster's issuer, and whether what is published is what is signed with
//! - [`model`]: federated credentials, identities and role assignments, as Azure has them
//! - [`mod@plan`]: claims put together, one plan for each identity, with the rules that only all of them show
//! - [`mod@write`]: plans as a script for the Azure CLI, as Bicep, as Terraform, and the service accounts as manifests
//!
//! Nothing in here asks Azure or a cluster.

pub(crate) mod claim;
mod clouds;
mod credential_name;
mod digest;
pub(crate) mod issuer;
mod issuer_url;
pub(crate) mod model;
pub(crate) mod naming;
mod plan;
pub(crate) mod roles;
pub(crate) mod write;

pub(crate) use clouds::Cloud;
pub(crate) use credential_name::credential_name;
pub(crate) use digest::digest;
pub(crate) use issuer_url::check as check_issuer;
pub(crate) use model::Account;
pub(crate) use plan::{Placed, Plans, plan};
