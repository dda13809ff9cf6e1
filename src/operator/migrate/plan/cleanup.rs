//! Which objects of pod-managed identity can go, and when.

use std::collections::BTreeMap;

use super::{
    draft::Draft,
    full_name,
    model::{BINDING, Cleanup, IDENTITY, Removal, State},
    names::is_possible,
    roads::Road,
};
use crate::operator::migrate::inventory::{Inventory, model::Manager};

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
            cleanup.add(
                inventory,
                (&users, last),
                (BINDING, &binding.namespace, &binding.name),
                binding.managed_by,
            );
        }
    }
    for identity in &inventory.identities {
        let name = full_name(&identity.namespace, &identity.name);
        let users = identities.get(name.as_str()).cloned().unwrap_or_default();
        cleanup.add(
            inventory,
            (&users, last),
            (IDENTITY, &identity.namespace, &identity.name),
            identity.managed_by,
        );
    }
    if cleanup.kept.is_empty() && !inventory.installation.programs.is_empty() {
        let how = if inventory.installation.is_add_on {
            "`az aks update --disable-pod-identity --resource-group GROUP --name CLUSTER`".to_owned()
        } else {
            inventory.installation.programs.join("; ")
        };
        cleanup.installation = Some(how);
    }
    cleanup
}

impl Cleanup {
    /// The steps at the end of `stage`; `last` is the number of the last stage.
    pub(super) fn steps(&self, stage: usize, last: usize) -> Vec<String> {
        let own = self
            .removals
            .iter()
            .filter(|removal| removal.stage == stage);
        let mut steps: Vec<_> = own.map(Removal::step).collect();
        if let (Some(how), true) = (&self.installation, stage == last) {
            steps.push(format!("once nothing asks any more, remove pod-managed identity itself: {how}"));
        }
        steps
    }

    fn add(
        &mut self,
        inventory: &Inventory,
        (users, last): (&Users, usize),
        (kind, namespace, name): (&'static str, &str, &str),
        managed_by: Manager,
    ) {
        let is_unused = users.until == 0 && users.staying == 0;
        let may_be_of_others = is_unused && inventory.may_have_unread_users(namespace);
        if users.staying > 0 || may_be_of_others || !is_possible(namespace, name) {
            self.kept
                .push(format!("{kind} {}", full_name(namespace, name)));
            return;
        }
        let stage = if users.until == 0 { last } else { users.until };
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.removals
            .push(Removal { stage, kind, namespace, name, managed_by });
    }
}

impl Removal {
    /// What is done.
    fn step(&self) -> String {
        let object = format!("{} {}", self.kind, full_name(&self.namespace, &self.name));
        match self.managed_by {
            Manager::User => format!("delete {object}"),
            Manager::AddOn => format!(
                "delete {object} by `az aks pod-identity delete --namespace {} --name {} --resource-group GROUP --cluster-name CLUSTER`",
                self.namespace, self.name
            ),
        }
    }
}
