//! The script for the end: what nobody needs any more goes, namespace by namespace.

use super::{
    File,
    scripts::{block, call},
};
use crate::operator::migrate::{
    inventory::{Inventory, model::Manager},
    plan::{BINDING, Plan, Removal},
};

const HEAD: &str = include_str!("cleanup.sh");

/// The script, if there is anything to remove.
pub(super) fn files(plan: &Plan, inventory: &Inventory) -> Vec<File> {
    let mut text = HEAD.to_owned();
    for stage in &plan.stages {
        let own = plan
            .cleanup
            .removals
            .iter()
            .filter(|removal| removal.stage == stage.number);
        let calls: String = own.map(|removal| step(removal, inventory)).collect();
        text.push_str(&block(&stage.namespace, &calls));
    }
    text.push_str(&last(plan, inventory));
    text.push_str("\nexit \"$wrong\"\n");
    vec![File::script("cleanup.sh".to_owned(), text)]
}

fn step(removal: &Removal, inventory: &Inventory) -> String {
    let Removal { namespace, name, .. } = removal;
    if removal.managed_by == Manager::AddOn {
        let label = selector_of(inventory, namespace, name);
        return call("add_on", &[namespace, name, &label]);
    }
    if removal.kind != BINDING {
        return call("identity", &[namespace, name]);
    }
    let binding = inventory
        .bindings
        .iter()
        .find(|binding| binding.namespace == *namespace && binding.name == *name);
    let label = binding.and_then(|binding| binding.selector.clone());
    call("binding", &[namespace, name, &label.unwrap_or_default()])
}

/// The label of the pods that have the add-on's identity `name`; it is the identity's name unless a binding says otherwise.
pub(super) fn selector_of(inventory: &Inventory, namespace: &str, name: &str) -> String {
    let binding = inventory
        .bindings
        .iter()
        .find(|binding| binding.namespace == namespace && binding.identity.as_deref() == Some(name));
    let label = binding.and_then(|binding| binding.selector.clone());
    label.unwrap_or_else(|| name.to_owned())
}

/// The very end.
fn last(plan: &Plan, inventory: &Inventory) -> String {
    let mut calls = String::new();
    let cleanup = &plan.cleanup;
    if !cleanup.kept.is_empty() {
        let text = format!("pod-managed identity itself, for these stay: {}", cleanup.kept.join(", "));
        calls.push_str(&call("stays", &[&text]));
    } else if inventory.installation.is_add_on {
        calls.push_str(
            "  cluster\n  run az aks update --disable-pod-identity --resource-group \"$GROUP\" --name \"$CLUSTER\" --output none\n",
        );
    } else {
        let own = inventory
            .exceptions
            .iter()
            .filter(|exception| !exception.is_built_in);
        for exception in own {
            calls.push_str(&call("exception", &[&exception.namespace, &exception.name]));
        }
        if let Some(programs) = &cleanup.installation {
            let text = format!("by hand, as it was installed: remove {programs}");
            calls.push_str(&call("say", &[&text]));
        }
    }
    if calls.is_empty() { String::new() } else { format!("\nif [ -n \"$last\" ]; then\n{calls}fi\n") }
}
