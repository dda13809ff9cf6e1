//! What is to be done to move a cluster off pod-managed identity and static secrets: `wispctl migrate plan`.
//!
//! A plan is made of an inventory and of what the user has decided, and of nothing else: the same two give the same plan, to the byte.
//! Each workload is drafted by itself (`draft`, `modes`, `roads`) with what to know about it (`found`, `risks`), gets a service account that nobody shares who must not
//! (`accounts`), and a place in the order (`order`). What has to exist in Azure follows from that (`identities`). It never changes
//! what an identity may do, and what cannot be moved stays in it, with the reason.

mod accounts;
mod bindings;
mod cleanup;
mod cluster;
mod decisions;
mod dependents;
mod draft;
mod found;
mod identities;
mod known;
mod made;
pub(crate) mod model;
mod modes;
mod names;
mod open;
mod order;
pub(crate) mod render;
mod request;
mod risks;
mod roads;
mod steps;
mod version;

pub(crate) use decisions::{Decisions, read as read_decisions};
pub(crate) use made::plan;
pub(crate) use model::{
    BINDING, IDENTITY, Plan, PlannedDependent, PlannedIdentity, PlannedWorkload, Removal, ServiceAccount,
    Stage, State,
};
pub(crate) use names::is_possible;
pub(crate) use request::Request;
pub(crate) use risks::RiskId;
pub(crate) use roads::Road;

use super::inventory::model::Workload;
use crate::operator::pod_identity::ObjectName;

/// A workload as people name it: `Deployment shop/orders`, with the template where it has several.
fn name_of(workload: &Workload) -> String {
    let template = workload
        .template
        .as_ref()
        .map(|template| format!(" ({template})"));
    format!(
        "{} {}{}",
        workload.kind,
        full_name(&workload.namespace, &workload.name),
        template.unwrap_or_default()
    )
}

/// A name in its namespace.
fn full_name(namespace: &str, name: &str) -> String {
    ObjectName { namespace: namespace.to_owned(), name: name.to_owned() }.to_string()
}
