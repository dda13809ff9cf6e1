//! `wispctl migrate cleanup`: the objects of pod-managed identity that nobody needs any more, and back.
//!
//! Bindings go first, so that NMI and MIC never see one whose identity is gone; then identities, exceptions, and what MIC has left.
//!
//! - `needs`: who needs an object
//! - `objects`: objects deleted, and made again

mod needs;
mod objects;

use super::{
    context::{Change, Context, Desk, StepError, name_of},
    proposal::Proposal,
    record::{Entry, Record},
    report::Report,
    run::Run,
    state::State,
    steps::{Direction, change_pods, wait},
};
use crate::operator::{
    cluster::Api,
    migrate::{inventory::model::Manager, plan::Road},
};
use needs::Needs;
pub(super) use objects::restore as restore_objects;
use objects::{Gone, Kind, delete};

impl<A: Api, D: Desk> Run<'_, A, D> {
    /// Deletes what nobody needs any more.
    pub(crate) async fn cleanup(mut self) -> Report {
        if let Err(error) = self.clean().await {
            self.stopped(&self.scope.namespaces.join(", "), &error);
        }
        self.report
    }

    async fn clean(&mut self) -> Result<(), StepError> {
        let facts = self.facts;
        let inventory = &facts.inventory;
        if !inventory.unread.is_empty() {
            self.note_unread();
            self.report.failed.push(
                "nothing is deleted while parts of the cluster cannot be read, for nobody knows who needs what there".to_owned(),
            );
            return Ok(());
        }
        let mut records = Vec::new();
        for namespace in Record::namespaces(self.context.calls.api).await? {
            records.push(Record::read(self.context.calls, &namespace).await?);
        }
        let adopted = self.adopted(&records);
        let needs =
            Needs::find(self.context.calls, self.facts, &records, &adopted, self.context.settings).await?;
        let going = self.going(&needs, &records);
        let mut proposals: Vec<_> = adopted
            .iter()
            .map(|(namespace, entry)| Proposal {
                about: format!("{} in {namespace}", name_of(entry)),
                changes: vec![Direction::There(State::Cleaned).words(entry)],
            })
            .collect();
        proposals.extend(going.iter().map(|gone| Proposal {
            about: format!("{} {}/{}", gone.kind.name(), gone.namespace, gone.name),
            changes: vec!["delete it, for nobody needs it any more".to_owned()],
        }));
        if self.agreed("To be cleaned:", &proposals) {
            if !self.adopted_no_more(&mut records, adopted).await? {
                return Ok(());
            }
            for gone in &going {
                delete(&mut self.context, &mut records, gone, inventory).await?;
                self.report.done.push(format!(
                    "{} {}/{} deleted",
                    gone.kind.name(),
                    gone.namespace,
                    gone.name
                ));
            }
            self.cleaned(&mut records, &going).await?;
        } else if proposals.is_empty() {
            self.cleaned(&mut records, &going).await?;
        }
        self.left_to_others(&needs, &going);
        Ok(())
    }

    /// Adopted workloads that are meant: their pods need the bindings until they name their identity themselves.
    fn adopted(&self, records: &[Record]) -> Vec<(String, Entry)> {
        let all = records
            .iter()
            .filter(|record| self.scope.has_namespace(&record.namespace));
        all.flat_map(|record| {
            let own = record.workloads.values().filter(|entry| {
                entry.target.road == Road::Adopt && entry.state == State::CutOver && self.scope.has(entry)
            });
            own.map(|entry| (record.namespace.clone(), entry.clone()))
        })
        .collect()
    }

    /// The answer is whether all of them name their identity now.
    async fn adopted_no_more(
        &mut self,
        records: &mut [Record],
        adopted: Vec<(String, Entry)>,
    ) -> Result<bool, StepError> {
        let mut is_whole = true;
        for (namespace, mut entry) in adopted {
            let Some(record) = records
                .iter_mut()
                .find(|record| record.namespace == namespace)
            else {
                continue;
            };
            let changed =
                change_pods(&mut self.context, record, &mut entry, Direction::There(State::Cleaned)).await;
            let result = match changed {
                Ok(()) => {
                    let answers = wait(&mut self.context, record, std::slice::from_ref(&entry)).await?;
                    answers.into_iter().next().unwrap_or(Ok(()))
                }
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => self.context.end(record, &mut entry, State::CutOver).await?,
                Err(gone @ StepError::Gone(_)) => return Err(gone),
                Err(error) => {
                    self.report
                        .add(&format!("{} in {namespace}", name_of(&entry)), &error);
                    is_whole = false;
                }
            }
        }
        Ok(is_whole)
    }

    /// What can go, in its order.
    fn going(&self, needs: &Needs, records: &[Record]) -> Vec<Gone> {
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

    /// Workloads whose objects are all gone are cleaned.
    async fn cleaned(&mut self, records: &mut [Record], going: &[Gone]) -> Result<(), StepError> {
        if self.consent == super::run::Consent::DryRun {
            return Ok(());
        }
        let inventory = &self.facts.inventory;
        let is_left = |kind: Kind, name: &str| {
            let full = |namespace: &str, name: &str| format!("{namespace}/{name}");
            let is_there = match kind {
                Kind::Binding => inventory
                    .bindings
                    .iter()
                    .any(|one| full(&one.namespace, &one.name) == name),
                _ => inventory
                    .identities
                    .iter()
                    .any(|one| full(&one.namespace, &one.name) == name),
            };
            is_there
                && !going
                    .iter()
                    .any(|gone| gone.kind == kind && gone.full_name() == name)
        };
        for record in records
            .iter_mut()
            .filter(|record| self.scope.has_namespace(&record.namespace))
        {
            let entries: Vec<_> = record.workloads.values().cloned().collect();
            for mut entry in entries
                .into_iter()
                .filter(|entry| entry.state == State::CutOver)
            {
                let identities = entry
                    .target
                    .identities
                    .iter()
                    .filter_map(|one| one.azure_identity.as_deref());
                let has_left = entry
                    .target
                    .bindings
                    .iter()
                    .any(|name| is_left(Kind::Binding, name))
                    || identities
                        .into_iter()
                        .any(|name| is_left(Kind::Identity, name));
                if !has_left {
                    self.context.end(record, &mut entry, State::Cleaned).await?;
                    self.report.done.push(format!(
                        "{} in {}: {}",
                        name_of(&entry),
                        record.namespace,
                        State::Cleaned.text()
                    ));
                }
            }
        }
        Ok(())
    }

    /// Says who needs what is left, and who has to delete what nobody here may.
    fn left_to_others(&mut self, needs: &Needs, going: &[Gone]) {
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
            .filter(|one| one.managed_by == Manager::AddOn)
        {
            let name = format!("{}/{}", identity.namespace, identity.name);
            let is_needed = identity
                .bindings
                .iter()
                .any(|binding| !needs.of_binding(binding).is_empty());
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
