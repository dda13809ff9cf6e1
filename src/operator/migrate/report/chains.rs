//! How pods get their identities: each binding, with what is on both sides of it.

use std::collections::BTreeMap;

use super::model::Chain;
use crate::operator::{
    migrate::inventory::{
        Inventory,
        model::{Identity, Workload},
    },
    pod_identity::ObjectName,
};

/// The bindings of `inventory`, in its order.
pub(super) fn chains(inventory: &Inventory) -> Vec<Chain> {
    let identities: BTreeMap<_, _> = inventory
        .identities
        .iter()
        .map(|identity| ((identity.namespace.as_str(), identity.name.as_str()), identity))
        .collect();
    let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for workload in &inventory.workloads {
        for binding in workload.identities.iter().flat_map(|found| &found.bindings) {
            users.entry(binding).or_default().push(name_of(workload));
        }
    }
    let chain = |binding: &crate::operator::migrate::inventory::model::Binding| {
        let name = full_name(&binding.namespace, &binding.name);
        let identity = binding.identity.as_deref();
        let found = identity.and_then(|identity| identities.get(&(binding.namespace.as_str(), identity)));
        let mut workloads = users.get(name.as_str()).cloned().unwrap_or_default();
        workloads.sort();
        workloads.dedup();
        Chain {
            namespace: binding.namespace.clone(),
            selector: binding.selector.clone(),
            binding: binding.name.clone(),
            azure_identity: binding.identity.clone(),
            client_id: found.and_then(|identity| identity.client_id.clone()),
            identity_name: found.and_then(|identity| azure_name(identity)),
            workloads,
            error: binding.error.clone(),
        }
    };
    inventory.bindings.iter().map(chain).collect()
}

/// The name of an identity in Azure: the end of its resource id.
fn azure_name(identity: &Identity) -> Option<String> {
    let (_, name) = identity.resource_id.as_ref()?.rsplit_once('/')?;
    Some(name.to_owned())
}

fn name_of(workload: &Workload) -> String {
    let template = workload
        .template
        .as_ref()
        .map(|template| format!(" ({template})"));
    let name = full_name(&workload.namespace, &workload.name);
    format!("{} {name}{}", workload.kind, template.unwrap_or_default())
}

/// A name in its namespace.
pub(super) fn full_name(namespace: &str, name: &str) -> String {
    ObjectName { namespace: namespace.to_owned(), name: name.to_owned() }.to_string()
}
