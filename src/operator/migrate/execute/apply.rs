//! `wispctl migrate apply`: there, state by state.

use super::{
    State,
    context::{Desk, StepError},
    entries::{entries, stuck},
    proposal::Proposal,
    record::{Entry, Record},
    report::Report,
    run::{Consent, Run},
    steps::Direction,
};
use crate::operator::cluster::Api;

impl<A: Api, D: Desk> Run<'_, A, D> {
    /// Takes the workloads that are meant to the state `to`, none in between left out.
    pub(crate) async fn apply(mut self, to: State) -> Report {
        self.note_unread();
        let namespaces = self.namespaces().await;
        self.each(namespaces, async |run, namespace| run.apply_to(namespace, to).await)
            .await
    }

    /// The workloads of a namespace. The answer is those that are meant.
    async fn apply_to(&mut self, namespace: &str, to: State) -> Result<Vec<Entry>, StepError> {
        let mut record = Record::read(self.context.calls, namespace).await?;
        let all = entries(self.facts, &record);
        let mut meant: Vec<_> = all
            .iter()
            .filter(|entry| self.scope.has(entry))
            .cloned()
            .collect();
        let mut proposals = Vec::new();
        for entry in &mut meant {
            let seen = self.context.see(&record, entry).await?;
            // What somebody has changed since is done again.
            let state = seen.state(entry);
            if entry.state != State::Cleaned || state < State::CutOver {
                entry.state = entry.state.min(state);
            }
            proposals.extend(Proposal::there(entry, &seen, to, self.context.settings));
        }
        if self.scope.workloads.is_empty() {
            for planned in stuck(self.facts, namespace, &all) {
                let reason = planned.reason.as_deref().unwrap_or("it needs a decision");
                self.report.by_hand.push(format!(
                    "{} {} in {namespace}: {}: {reason}",
                    planned.kind,
                    planned.name,
                    planned.state.text()
                ));
            }
            self.dependents(namespace);
        }
        if !self.agreed(&format!("Namespace {namespace}:"), &proposals) {
            if self.consent == Consent::DryRun {
                let texts = proposals.iter().flat_map(|proposal| {
                    let left = proposal
                        .changes
                        .iter()
                        .filter(|change| change.starts_with("by hand: "));
                    left.map(|change| format!("{} in {namespace}: {change}", proposal.about))
                });
                self.report.by_hand.extend(texts);
            }
            return Ok(meant);
        }
        // The user may have thought for long.
        let before = std::mem::replace(&mut record, Record::read(self.context.calls, namespace).await?);
        record.is_still(&before, &meant)?;
        // All of the namespace is remembered at once, for what is planned follows from what there is before.
        let untouched: Vec<_> = entries(self.facts, &record)
            .into_iter()
            .filter(Entry::is_untouched)
            .collect();
        record.put_all(self.context.calls, &untouched).await?;
        for step in State::NotStarted.up_to(to) {
            if !self
                .step(&mut record, &mut meant, Direction::There(step))
                .await?
            {
                break;
            }
        }
        Ok(meant)
    }

    /// Programs that depend on pod-managed identity by their own configuration, which is changed where they are configured.
    fn dependents(&mut self, namespace: &str) {
        let number = self
            .facts
            .plan
            .stages
            .iter()
            .find(|stage| stage.namespace == namespace);
        let number = number.map(|stage| stage.number);
        let own = self
            .facts
            .plan
            .dependents
            .iter()
            .filter(|one| Some(one.stage) == number);
        for dependent in own {
            self.report
                .by_hand
                .push(format!("{} the workloads of {namespace}: {}", dependent.when, dependent.step));
        }
    }
}
