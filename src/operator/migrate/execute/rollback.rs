//! `wispctl migrate rollback`: back, state by state.

use super::{
    State,
    cleanup::{lost_objects, lost_others, restore_objects, restore_others},
    context::{Desk, StepError, name_of},
    proposal::Proposal,
    record::{Entry, Record},
    report::Report,
    run::{Consent, Run},
    steps::{Direction, change_pods, wait},
};
use crate::operator::{cluster::Api, migrate::plan::Road};

impl<A: Api, D: Desk> Run<'_, A, D> {
    /// Takes the workloads that are meant back to the state `to`.
    pub(crate) async fn rollback(self, to: State) -> Report {
        let recorded = Record::namespaces(self.context.calls.api).await;
        let namespaces = recorded.map(|mut namespaces| {
            namespaces.retain(|namespace| self.scope.has_namespace(namespace));
            namespaces
        });
        self.each(namespaces.map_err(StepError::from), async |run, namespace| {
            run.rollback_of(namespace, to).await
        })
        .await
    }

    async fn rollback_of(&mut self, namespace: &str, to: State) -> Result<Vec<Entry>, StepError> {
        let mut record = Record::read(self.context.calls, namespace).await?;
        let mut meant: Vec<_> = record
            .workloads
            .values()
            .filter(|entry| self.scope.has(entry))
            .cloned()
            .collect();
        let mut proposals = Vec::new();
        for entry in &mut meant {
            // What was begun and not ended is undone too.
            entry.state = entry.doing.unwrap_or_default().max(entry.state);
            let seen = self.context.see(&record, entry).await?;
            proposals.extend(Proposal::back(entry, &seen, to, self.context.settings));
            proposals.extend(Proposal::again(entry, &lost_objects(&record, entry)));
        }
        let is_all = self.scope.workloads.is_empty();
        proposals.extend(
            lost_others(&record, is_all)
                .into_iter()
                .map(|(kind, name)| Proposal {
                    about: format!("{} {name}", kind.name()),
                    changes: vec!["make it again".to_owned()],
                }),
        );
        // What was interrupted at its very end has nothing left but its record.
        let is_over = proposals.is_empty() && self.consent != Consent::DryRun;
        if is_over || self.agreed(&format!("Namespace {namespace}:"), &proposals) {
            let mut state = State::Cleaned;
            while state > to {
                state = state.before();
                if state == State::CutOver {
                    restore_others(&mut self.context, &mut record, is_all).await?;
                    self.uncleaned(&mut record, &mut meant).await?;
                } else if !self
                    .step(&mut record, &mut meant, Direction::Back(state))
                    .await?
                {
                    break;
                }
            }
            record.end(self.context.calls).await?;
        }
        Ok(meant)
    }

    /// Makes again what `entries` that are cleaned had.
    async fn uncleaned(&mut self, record: &mut Record, entries: &mut [Entry]) -> Result<(), StepError> {
        for entry in entries {
            let what = format!("{} in {}", name_of(entry), record.namespace);
            if let Err(error) = restore_objects(&mut self.context, record, entry).await {
                if matches!(error, StepError::Gone(_)) {
                    return Err(error);
                }
                self.report.add(&what, &error);
                continue;
            }
            // Others are where they were: somebody may have moved them by hand.
            if entry.state != State::Cleaned {
                continue;
            }
            if entry.target.road == Road::Adopt {
                change_pods(&mut self.context, record, entry, Direction::Back(State::CutOver)).await?;
                let answers = wait(&mut self.context, record, std::slice::from_ref(entry)).await?;
                if let Some(Err(error)) = answers.first() {
                    self.report.add(&what, error);
                    continue;
                }
            }
            self.context.end(record, entry, State::CutOver).await?;
            self.report
                .done
                .push(format!("{what}: {}", State::CutOver.text()));
        }
        Ok(())
    }
}
