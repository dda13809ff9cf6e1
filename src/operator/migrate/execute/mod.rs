//! A plan carried out in a live cluster, and undone: `wispctl migrate apply`, `status`, `rollback`, `cleanup`.
//!
//! What is to be done follows from what the cluster shows ([`seen`](self), `template`), and what was before is remembered in it
//! (`record`), before anything is changed: so a run may end anywhere, and the next one goes on.
//!
//! - `state`: how far a workload is; `facts`: what is known of a cluster; `entries`: which workloads there are
//! - `record`: what is remembered, in a ConfigMap of each namespace
//! - `calls`, `seen`: objects of the cluster; `template`: their pod templates; `rollout`: whether pods have followed; `managed`: who else
//!   writes them
//! - `steps`: from one state to the next, and back
//! - `run`, `apply`, `rollback`, `cleanup`: the commands, with `proposal`: what the user is asked; `status`: what is seen
//! - `context`, `report`, `audit`: who is told

mod apply;
mod audit;
mod calls;
mod cleanup;
mod context;
mod entries;
mod facts;
mod managed;
mod proposal;
mod record;
mod report;
mod rollback;
mod rollout;
mod run;
mod seen;
pub(crate) mod status;
mod steps;
mod template;
#[cfg(test)]
mod tests;

pub(crate) use super::state::State;
pub(crate) use audit::Line;
pub(crate) use context::{Desk, RoleBindings, Settings};
pub(crate) use entries::Scope;
pub(crate) use facts::{Facts, Unplanned};
pub(crate) use report::Report;
pub(crate) use run::{Consent, Run};
