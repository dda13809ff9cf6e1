//! `wispctl migrate cleanup`: the objects of pod-managed identity that nobody needs any more, and back.
//!
//! Bindings go first, so that NMI and MIC never see one whose identity is gone; then identities, exceptions, and what MIC has left.
//!
//! - `needs`: who needs an object; `choice`: which may go
//! - `objects`: objects deleted, and made again

mod choice;
mod needs;
mod objects;

use super::{
    State,
    context::{Change, Context, Desk, StepError, name_of},
    proposal::Proposal,
    record::{Entry, Record},
    report::Report,
    run::Run,
    steps::{Direction, change_pods, wait},
};
use crate::operator::{cluster::Api, migrate::plan::Road};
use needs::Needs;
use objects::{Gone, Kind, delete};
pub(super) use objects::{lost_objects, lost_others, restore as restore_objects, restore_others};

/// Why nothing is deleted.
const UNKNOWN: &str =
    "nothing is deleted while parts of the cluster cannot be read, for nobody knows who needs what there";

impl<A: Api, D: Desk> Run<'_, A, D> {
    /// Deletes what nobody needs any more.
    pub(crate) async fn cleanup(mut self) -> Report {
        if let Err(error) = self.clean().await {
            self.report.add("the cluster", &error);
        }
        self.report
    }

    async fn clean(&mut self) -> Result<(), StepError> {
        let facts = self.facts;
        let inventory = &facts.inventory;
        if !inventory.unread.is_empty() {
            self.note_unread();
            self.report.failed.push(UNKNOWN.to_owned());
            return Ok(());
        }
        let mut records = Vec::new();
        for namespace in Record::namespaces(self.context.calls.api).await? {
            match Record::read(self.context.calls, &namespace).await {
                Ok(record) => records.push(record),
                Err(error) => {
                    self.stopped(&namespace, &error.into());
                    self.report.failed.push(UNKNOWN.to_owned());
                    return Ok(());
                }
            }
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
}
