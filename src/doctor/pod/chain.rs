//! The findings so far, and what of them stands in the way of others.

use crate::doctor::{Check, Choice, Finding, Outcome};

/// The findings so far.
#[derive(Debug)]
pub(super) struct Chain {
    choice: Choice,
    findings: Vec<Finding>,
}

/// Why a check cannot run, and what to do so that it can.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct InTheWay {
    pub(super) why: String,
    pub(super) how: String,
}

impl Chain {
    pub(super) fn new(choice: Choice) -> Self {
        Self { choice, findings: Vec::new() }
    }

    /// Whether one of `checks` is wanted.
    pub(super) fn wants_any(&self, checks: &[&Check]) -> bool {
        checks.iter().any(|check| self.choice.wants(check))
    }

    /// Notes what was found, if it is wanted.
    pub(super) fn note(&mut self, finding: Finding) {
        if self.choice.wants(finding.check) {
            self.findings.push(finding);
        }
    }

    /// Notes what was found even where nobody asked: nothing else can be told without it.
    pub(super) fn insist(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Notes what `judge` finds, or that something before it does not hold.
    pub(super) fn check(&mut self, check: &'static Check, needs: &[&Check], judge: impl FnOnce() -> Finding) {
        let finding = match self.before(needs) {
            Some(InTheWay { why, how }) => check.not_run(why, how),
            None => judge(),
        };
        self.note(finding);
    }

    /// What of `needs` does not hold or could not run.
    pub(super) fn before(&self, needs: &[&Check]) -> Option<InTheWay> {
        let is_needed = |finding: &&Finding| needs.iter().any(|check| check.id == finding.check.id);
        self.findings
            .iter()
            .filter(is_needed)
            .find_map(|finding| match &finding.outcome {
                Outcome::Failed(_) => Some(InTheWay {
                    why: format!("{} failed", finding.check.id),
                    how: "mend that first".to_owned(),
                }),
                Outcome::NotRun { .. } => Some(InTheWay {
                    why: format!("{} was not checked", finding.check.id),
                    how: "do what is said there".to_owned(),
                }),
                Outcome::Passed(_) | Outcome::Warned(_) => None,
            })
    }

    /// All of them.
    pub(super) fn findings(self) -> Vec<Finding> {
        self.findings
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, InTheWay};
    use crate::doctor::{
        Choice, Diagnosis,
        table::pod::{CLOCK, EXCHANGE, TOKEN_FILE, TOKEN_FRESH},
    };

    #[test]
    fn what_does_not_hold_stands_in_the_way() {
        let mut chain = Chain::new(Choice::default());
        chain.note(TOKEN_FILE.passed(""));
        chain.check(&TOKEN_FRESH, &[&TOKEN_FILE], || TOKEN_FRESH.failed(Diagnosis::new("it ended")));
        chain.check(&EXCHANGE, &[&TOKEN_FILE, &TOKEN_FRESH], || EXCHANGE.passed(""));
        chain.check(&CLOCK, &[&EXCHANGE], || CLOCK.passed(""));
        let why = |needs: &crate::doctor::Check| chain.before(&[needs]).map(|InTheWay { why, .. }| why);
        assert_eq!(why(&TOKEN_FILE), None);
        assert_eq!(why(&TOKEN_FRESH).as_deref(), Some("token-fresh failed"));
        assert_eq!(why(&CLOCK).as_deref(), Some("clock was not checked"));
        assert_eq!(chain.findings().len(), 4);
    }

    #[test]
    fn what_is_not_wanted_is_in_nobodys_way() {
        let mut chain = Chain::new(Choice { ignore: vec!["token-fresh".into()], ..Choice::default() });
        chain.note(TOKEN_FRESH.failed(Diagnosis::new("it ended")));
        chain.check(&EXCHANGE, &[&TOKEN_FRESH], || EXCHANGE.passed(""));
        assert_eq!(chain.findings(), [EXCHANGE.passed("")]);
    }
}
