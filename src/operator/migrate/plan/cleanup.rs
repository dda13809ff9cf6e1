//! Which objects of pod-managed identity can go, and when.

use std::collections::BTreeMap;

use super::{draft::Draft, full_name, model::State, roads::Road};
use crate::operator::migrate::inventory::{Inventory, model::Manager};

/// What is removed at the end of each stage, by its place, and what stays.
#[derive(Default)]
pub(super) struct Cleanup {
    /// Steps, by stage.
    pub removed: BTreeMap<usize, Vec<String>>,
    /// Objects that somebody still has, with whom.
    pub kept: Vec<String>,
}

/// Who has an object: until which stage, or for ever.
#[derive(Clone, Default)]
struct Users {
    until: usize,
    staying: usize,
}

/// What of `inventory` can go.
pub(super) fn cleanup(inventory: &Inventory, drafts: &[Draft<'_>], stages: &[String]) -> Cleanup {
    let mut identities: BTreeMap<&str, Users> = BTreeMap::new();
    let mut bindings: BTreeMap<&str, Users> = BTreeMap::new();
    for draft in drafts {
        let stays = draft.state == State::CannotBeMoved
            || draft.state == State::LeftAlone
            || draft.road == Some(Road::Adopt);
        let add = |users: &mut Users| {
            users.until = users.until.max(draft.stage.unwrap_or_default());
            users.staying += usize::from(stays);
        };
        for found in &draft.workload.identities {
            add(identities.entry(&found.identity).or_default());
            for binding in &found.bindings {
                add(bindings.entry(binding).or_default());
            }
        }
    }
    let mut cleanup = Cleanup::default();
    let last = stages.len().max(1);
    for binding in &inventory.bindings {
        let name = full_name(&binding.namespace, &binding.name);
        let users = bindings.get(name.as_str()).cloned().unwrap_or_default();
        // The add-on's go with their identities.
        if binding.managed_by == Manager::User {
            cleanup.add(&users, last, format!("AzureIdentityBinding {name}"), None);
        }
    }
    for identity in &inventory.identities {
        let name = full_name(&identity.namespace, &identity.name);
        let users = identities.get(name.as_str()).cloned().unwrap_or_default();
        let command = (identity.managed_by == Manager::AddOn).then(|| {
            format!(
                "`az aks pod-identity delete --namespace {} --name {} --resource-group GROUP --cluster-name CLUSTER`",
                identity.namespace, identity.name
            )
        });
        cleanup.add(&users, last, format!("AzureIdentity {name}"), command);
    }
    if cleanup.kept.is_empty() && !inventory.installation.programs.is_empty() {
        let how = if inventory.installation.is_add_on {
            "`az aks update --disable-pod-identity --resource-group GROUP --name CLUSTER`".to_owned()
        } else {
            inventory.installation.programs.join("; ")
        };
        let steps = cleanup.removed.entry(last).or_default();
        steps.push(format!("once nothing asks any more, remove pod-managed identity itself: {how}"));
    }
    cleanup
}

impl Cleanup {
    fn add(&mut self, users: &Users, last: usize, object: String, command: Option<String>) {
        if users.staying > 0 {
            self.kept.push(object);
            return;
        }
        let stage = if users.until == 0 { last } else { users.until };
        let step = match command {
            Some(command) => format!("delete {object} by {command}"),
            None => format!("delete {object}"),
        };
        self.removed.entry(stage).or_default().push(step);
    }
}
