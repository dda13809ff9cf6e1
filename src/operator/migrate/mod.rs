//! The way off pod-managed identity.
//!
//! - [`inventory`]: what a cluster has of it, and of static secrets
//! - [`plan`]: what is to be done about it
//! - [`report`]: all of it in one document
//! - [`verify`]: whether it does what it is to do, in the cluster
//! - [`execute`]: doing it in a live cluster, and undoing it
//! - [`choices`]: what wisp is told for the pods of a workload, by files or in the cluster
//! - [`tables`]: how it is written for people
//! - [`mod@write`]: the plan as files

pub(crate) mod choices;
pub(crate) mod execute;
pub(crate) mod inventory;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod state;
pub(crate) mod tables;
pub(crate) mod verify;
pub(crate) mod write;
