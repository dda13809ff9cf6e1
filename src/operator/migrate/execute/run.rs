//! A command from its beginning to its end: namespace by namespace, first what is to be changed, then the changes.

use std::collections::BTreeSet;

use super::{
    State,
    calls::Calls,
    context::{Context, Desk, Settings, StepError, name_of},
    entries::{Scope, is_named},
    facts::Facts,
    proposal::Proposal,
    record::{Entry, Record},
    report::Report,
    steps::{Begun, Direction, wait},
};
use crate::{clock::Clock, operator::cluster::Api};

/// Whether changes are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Consent {
    /// They are named, and not made.
    DryRun,
    /// They are named, and made if the user agrees.
    Ask,
    /// They are named and made.
    Given,
}

/// A command on a cluster.
pub(crate) struct Run<'a, A, D> {
    pub(super) context: Context<'a, A, D>,
    pub(super) facts: &'a Facts,
    pub(super) scope: &'a Scope,
    pub(super) consent: Consent,
    pub(super) report: Report,
}

/// The namespaces that are meant, in the order of the plan; then those that only have a record.
pub(super) fn namespaces(facts: &Facts, scope: &Scope, recorded: Vec<String>) -> Vec<String> {
    let plan = &facts.plan;
    let planned = plan.stages.iter().map(|stage| stage.namespace.clone());
    let others = plan
        .workloads
        .iter()
        .map(|workload| workload.namespace.clone());
    let mut seen = BTreeSet::new();
    planned
        .chain(others)
        .chain(recorded)
        .filter(|namespace| !namespace.is_empty() && scope.has_namespace(namespace))
        .filter(|namespace| seen.insert(namespace.clone()))
        .collect()
}

impl<'a, A: Api, D: Desk> Run<'a, A, D> {
    /// A command on the cluster of `api`, of which `facts` are known.
    pub(crate) fn new(
        api: &'a A,
        (facts, scope): (&'a Facts, &'a Scope),
        (settings, consent): (&'a Settings, Consent),
        desk: &'a mut D,
        clock: &'a dyn Clock,
    ) -> Self {
        let context = Context { calls: Calls { api }, settings, desk, clock };
        Self { context, facts, scope, consent, report: Report::default() }
    }

    /// The namespaces that are meant.
    pub(super) async fn namespaces(&mut self) -> Result<Vec<String>, StepError> {
        let recorded = Record::namespaces(self.context.calls.api).await?;
        Ok(namespaces(self.facts, self.scope, recorded))
    }

    /// Does `act` with each of `namespaces`, as long as the API server answers, and tells of what was named and is not there. `act` answers
    /// with the workloads that are meant.
    pub(super) async fn each(
        mut self,
        namespaces: Result<Vec<String>, StepError>,
        act: impl AsyncFn(&mut Self, &str) -> Result<Vec<Entry>, StepError>,
    ) -> Report {
        let namespaces = match namespaces {
            Ok(namespaces) => namespaces,
            Err(error) => {
                self.report.add("the cluster", &error);
                return self.report;
            }
        };
        let mut meant = Vec::new();
        for namespace in &namespaces {
            match act(&mut self, namespace).await {
                Ok(entries) => meant.extend(entries),
                Err(error) => {
                    if !self.stopped(namespace, &error) {
                        return self.report;
                    }
                }
            }
        }
        self.note_unknown(&namespaces, &meant);
        self.report
    }

    /// Tells of namespaces and workloads that were named and are not there.
    fn note_unknown(&mut self, namespaces: &[String], entries: &[Entry]) {
        for name in &self.scope.namespaces {
            if !namespaces.contains(name) {
                self.report.failed.push(format!(
                    "namespace {name}: there is no workload to move, and nothing is recorded of it"
                ));
            }
        }
        for text in &self.scope.workloads {
            if !entries.iter().any(|entry| is_named(text, entry)) {
                self.report.failed.push(format!(
                    "workload {text}: there is none in the namespaces that are meant that is planned or recorded; \
                     `wispctl migrate status` lists them"
                ));
            }
        }
    }

    /// Tells of what could not be read.
    pub(super) fn note_unread(&mut self) {
        let unread = self.facts.inventory.unread.iter();
        self.report
            .failed
            .extend(unread.map(|one| format!("not read: {}: {}", one.origin, one.reason)));
    }

    /// Names `proposals`, and asks about them. The answer is whether they are to be made.
    pub(super) fn agreed(&mut self, heading: &str, proposals: &[Proposal]) -> bool {
        if proposals.is_empty() {
            return false;
        }
        self.context.desk.say(heading);
        for proposal in proposals {
            self.context.desk.say(&proposal.text());
        }
        match self.consent {
            Consent::DryRun => false,
            Consent::Given => true,
            Consent::Ask => {
                let agrees = self.context.desk.allows("Make these changes?");
                if !agrees {
                    self.report
                        .failed
                        .push(format!("{heading} not changed, for you did not agree"));
                }
                agrees
            }
        }
    }

    /// Takes all `entries` whose turn it is one step on. The answer is whether others may follow.
    pub(super) async fn step(
        &mut self,
        record: &mut Record,
        entries: &mut [Entry],
        direction: Direction,
    ) -> Result<bool, StepError> {
        let to = direction.to();
        let is_due = |entry: &Entry| match direction {
            Direction::There(_) => entry.state == to.before() && entry.state < to,
            Direction::Back(_) => entry.state > to && entry.state.before() == to,
        };
        let due: Vec<usize> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| is_due(entry))
            .map(|(index, _)| index)
            .collect();
        for some in due.chunks(self.context.settings.at_a_time.max(1)) {
            let mut rolling: Vec<usize> = Vec::new();
            let mut may_go_on = true;
            for index in some {
                let Some(entry) = entries.get_mut(*index) else { continue };
                let begun = match direction {
                    Direction::There(_) => self.context.begin(record, entry, to).await,
                    Direction::Back(_) => self.context.begin_back(record, entry, to).await,
                };
                match begun {
                    Ok(Begun::Ended) => self.ended(record, entry, to).await?,
                    Ok(Begun::RollsOut) => rolling.push(*index),
                    Err(gone @ StepError::Gone(_)) => return Err(gone),
                    Err(error) => may_go_on &= self.failed(record, entry, &error),
                }
            }
            let waiting: Vec<Entry> = rolling
                .iter()
                .filter_map(|index| entries.get(*index).cloned())
                .collect();
            if !waiting.is_empty() {
                let names: Vec<_> = waiting.iter().map(name_of).collect();
                self.context
                    .desk
                    .say(&format!("{}: waiting for {}", record.namespace, names.join(", ")));
            }
            let answers = wait(&mut self.context, record, &waiting).await?;
            for (index, answer) in rolling.into_iter().zip(answers) {
                let Some(entry) = entries.get_mut(index) else { continue };
                match answer {
                    Ok(()) => self.ended(record, entry, to).await?,
                    Err(error) => may_go_on &= self.failed(record, entry, &error),
                }
            }
            if !may_go_on {
                self.context.desk.say(&format!(
                    "{}: stopped, so that nothing else fails in the same manner",
                    record.namespace
                ));
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn ended(&mut self, record: &mut Record, entry: &mut Entry, to: State) -> Result<(), StepError> {
        self.context.end(record, entry, to).await?;
        let text = format!("{} in {}: {}", name_of(entry), record.namespace, to.text());
        self.context.desk.say(&text);
        self.report.done.push(text);
        Ok(())
    }

    /// Notes what is wrong with one. The answer is whether others may follow: what waits for hands hinders nobody.
    fn failed(&mut self, record: &Record, entry: &Entry, error: &StepError) -> bool {
        self.report
            .add(&format!("{} in {}", name_of(entry), record.namespace), error);
        matches!(error, StepError::ByHand(_))
    }

    /// Notes what ended the work on a namespace. The answer is whether there may be another one.
    pub(super) fn stopped(&mut self, namespace: &str, error: &StepError) -> bool {
        self.report.add(&format!("namespace {namespace}"), error);
        if matches!(error, StepError::Gone(_)) {
            self.report
                .failed
                .push("run this again: it goes on where it was interrupted".to_owned());
            return false;
        }
        true
    }
}
