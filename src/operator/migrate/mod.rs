//! The way off pod-managed identity.
//!
//! - [`inventory`]: what a cluster has of it, and of static secrets
//! - [`tables`]: how it is written for people

pub(crate) mod inventory;
pub(crate) mod tables;
