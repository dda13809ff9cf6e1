//! Which objects may go, and what is left to others.

use super::{
    Desk, Entry, Record, Run,
    needs::Needs,
    objects::{Gone, Kind},
};
use crate::operator::{cluster::Api, migrate::inventory::model::Manager};

impl<A: Api, D: Desk> Run<'_, A, D> {
    /// What can go, in its order.
    pub(super) fn going(&self, needs: &Needs, records: &[Record]) -> Vec<Gone> {
        let inventory = &self.facts.inventory;
        let mut going = Vec::new();
        let is_meant =
            |gone: &Gone| self.scope.has_namespace(&gone.namespace) || self.is_of_meant(gone, records);
        for binding in &inventory.bindings {
            let gone = Gone::new(Kind::Binding, &binding.namespace, &binding.name);
            let is_free =
                binding.managed_by == Manager::User && needs.of_binding(&gone.full_name()).is_empty();
            if is_free && is_meant(&gone) {
                going.push(gone);
            }
        }
        for identity in &inventory.identities {
            let gone = Gone::new(Kind::Identity, &identity.namespace, &identity.name);
            let bound = inventory.bindings.iter().filter(|binding| {
                binding.namespace == identity.namespace && binding.identity.as_deref() == Some(&identity.name)
            });
            let mut bound = bound.map(|binding| Gone::new(Kind::Binding, &binding.namespace, &binding.name));
            let is_free =
                identity.managed_by == Manager::User && bound.all(|binding| going.contains(&binding));
            if is_free && is_meant(&gone) {
                going.push(gone);
            }
        }
        for exception in &inventory.exceptions {
            let gone = Gone::new(Kind::Exception, &exception.namespace, &exception.name);
            // Without it, NMI would answer these pods itself.
            let is_free = inventory.installation.programs.is_empty()
                || (exception.workloads == 0 && !exception.is_built_in);
            if is_free && exception.managed_by == Manager::User && is_meant(&gone) {
                going.push(gone);
            }
        }
        let has_mic = inventory
            .installation
            .programs
            .iter()
            .any(|program| program.contains("MIC"));
        for assigned in inventory.assigned_identities.iter().filter(|_| !has_mic) {
            let (namespace, name) = assigned
                .name
                .split_once('/')
                .unwrap_or(("default", &assigned.name));
            let is_free = |identity: &str| {
                let is_there = inventory
                    .identities
                    .iter()
                    .any(|one| format!("{}/{}", one.namespace, one.name) == identity);
                !is_there
                    || going
                        .iter()
                        .any(|gone| gone.kind == Kind::Identity && gone.full_name() == identity)
            };
            if is_free(&assigned.identity) {
                going.push(Gone::new(Kind::Assigned, namespace, name));
            }
        }
        going
    }

    /// Whether an object of a namespace that is not meant is one of workloads that are, and of no others.
    fn is_of_meant(&self, gone: &Gone, records: &[Record]) -> bool {
        let name = gone.full_name();
        let has = |entry: &Entry| match gone.kind {
            Kind::Binding => entry.target.bindings.contains(&name),
            Kind::Identity => entry
                .target
                .identities
                .iter()
                .any(|one| one.azure_identity.as_deref() == Some(&name)),
            _ => false,
        };
        let users = records.iter().flat_map(|record| {
            record
                .workloads
                .values()
                .filter(|entry| has(entry))
                .map(|_| record.namespace.as_str())
        });
        let users: Vec<_> = users.collect();
        !users.is_empty()
            && users
                .into_iter()
                .all(|namespace| self.scope.has_namespace(namespace))
    }

    /// Says who needs what is left, and who has to delete what nobody here may.
    pub(super) fn left_to_others(&mut self, needs: &Needs, going: &[Gone]) {
        let inventory = &self.facts.inventory;
        for binding in inventory
            .bindings
            .iter()
            .filter(|one| self.scope.has_namespace(&one.namespace))
        {
            let name = format!("{}/{}", binding.namespace, binding.name);
            let users = needs.of_binding(&name);
            if !users.is_empty() {
                self.report.by_hand.push(format!(
                    "AzureIdentityBinding {name} stays, for it is needed by {}",
                    users.join(", ")
                ));
            }
        }
        for identity in inventory
            .identities
            .iter()
            .filter(|one| one.managed_by == Manager::AddOn && self.scope.has_namespace(&one.namespace))
        {
            let name = format!("{}/{}", identity.namespace, identity.name);
            let mut own = inventory.bindings.iter().filter(|binding| {
                binding.namespace == identity.namespace && binding.identity.as_deref() == Some(&identity.name)
            });
            let is_needed = own.any(|binding| {
                let name = format!("{}/{}", binding.namespace, binding.name);
                !needs.of_binding(&name).is_empty()
            });
            if !is_needed {
                self.report.by_hand.push(format!(
                    "AzureIdentity {name} and its binding belong to the AKS add-on, which writes them anew: `az aks pod-identity delete \
                     --namespace {} --name {} --resource-group GROUP --cluster-name CLUSTER`",
                    identity.namespace, identity.name
                ));
            }
        }
        let is_gone = |gone: Gone| going.contains(&gone);
        let is_empty = inventory
            .bindings
            .iter()
            .all(|one| is_gone(Gone::new(Kind::Binding, &one.namespace, &one.name)))
            && inventory
                .identities
                .iter()
                .all(|one| is_gone(Gone::new(Kind::Identity, &one.namespace, &one.name)));
        if is_empty && inventory.installation.is_add_on {
            let exceptions = inventory
                .exceptions
                .iter()
                .filter(|one| one.managed_by == Manager::AddOn && !one.is_built_in);
            self.report.by_hand.extend(exceptions.map(|one| {
                format!(
                    "AzurePodIdentityException {}/{} belongs to the AKS add-on: `az aks pod-identity exception delete --namespace {} --name {} \
                     --resource-group GROUP --cluster-name CLUSTER`",
                    one.namespace, one.name, one.namespace, one.name
                )
            }));
            self.report.by_hand.push(
                "nobody needs the AKS add-on any more: `az aks update --disable-pod-identity --resource-group GROUP --name CLUSTER`"
                    .to_owned(),
            );
        } else if is_empty && !inventory.installation.programs.is_empty() {
            self.report.by_hand.push(format!(
                "nobody needs pod-managed identity any more: delete {}; exceptions go then, by `wispctl migrate cleanup`",
                inventory.installation.programs.join(", ")
            ));
        }
    }
}
