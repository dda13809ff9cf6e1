//! What there is to know beside the tables.

use crate::operator::{migrate::inventory::model::Inventory, pod_identity::ObjectName};

/// All notes, each with what it is about.
pub(super) fn notes(inventory: &Inventory) -> Vec<String> {
    let mut all = inventory.notes.clone();
    for identity in &inventory.identities {
        let name = format!("AzureIdentity {}", full(&identity.namespace, &identity.name));
        all.extend(
            identity
                .error
                .iter()
                .map(|error| format!("{name} is of no use: {error}")),
        );
        all.extend(identity.notes.iter().map(|note| format!("{name}: {note}")));
    }
    for binding in &inventory.bindings {
        let name = format!("AzureIdentityBinding {}", full(&binding.namespace, &binding.name));
        all.extend(
            binding
                .error
                .iter()
                .map(|error| format!("{name} gives no identity: {error}")),
        );
    }
    for exception in &inventory.exceptions {
        let name = format!("AzurePodIdentityException {}", full(&exception.namespace, &exception.name));
        all.extend(
            exception
                .error
                .iter()
                .map(|error| format!("{name} is malformed: {error}")),
        );
    }
    for workload in &inventory.workloads {
        let name = format!("{} {}", workload.kind, full(&workload.namespace, &workload.name));
        if !workload.owners.is_empty() {
            all.push(format!("{name} belongs to {}", workload.owners.join(", which belongs to ")));
        }
        all.extend(workload.notes.iter().map(|note| format!("{name}: {note}")));
    }
    all
}

fn full(namespace: &str, name: &str) -> String {
    ObjectName { namespace: namespace.to_owned(), name: name.to_owned() }.to_string()
}
