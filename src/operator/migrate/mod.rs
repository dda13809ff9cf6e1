//! The way off pod-managed identity.
//!
//! - [`inventory`]: what a cluster has of it, and of static secrets

pub(crate) mod inventory;
