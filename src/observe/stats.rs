//! What is counted of exchanges with Entra.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::Mutex;

use super::{Identifiers, Sample, code::Code, standing::Standings};
use crate::{
    failure::{Category, Failure},
    names::ClientId,
    token::Token,
};

/// What has been counted since start. Counting begins before there is anything to expose it.
#[derive(Debug, Default)]
pub struct ExchangeStats {
    pub(super) successes: AtomicU64,
    /// Failures that are Entra's refusal of what was presented.
    pub(super) refusals: AtomicU64,
    pub(super) failures: Mutex<BTreeMap<(Category, Code), u64>>,
    pub(super) latencies: Mutex<Vec<Duration>>,
    /// How each configured identity stands.
    pub(super) standings: Standings,
}

/// Different (category, code) pairs that are told apart; later ones are counted under `other`.
const MAX_FAILURE_KINDS: usize = 64;

/// Latencies kept until somebody reads the metrics.
const MAX_LATENCIES: usize = 4096;

impl ExchangeStats {
    /// Takes the identities that are configured now, which are told before anything is asked for them.
    pub fn configure<'a>(&self, identities: impl IntoIterator<Item = &'a ClientId>) {
        self.standings.configure(identities);
    }

    /// How each of them stands.
    pub fn standings(&self, identifiers: Identifiers) -> Vec<Sample> {
        self.standings.samples(identifiers)
    }

    pub(super) fn record(&self, took: Duration, outcome: &Result<Token, Failure>) {
        let mut latencies = self.latencies.lock();
        if latencies.len() < MAX_LATENCIES {
            latencies.push(took);
        }
        match outcome {
            Ok(_) => {
                self.successes.fetch_add(1, Ordering::Relaxed);
            }
            Err(failure) => self.record_failure(failure),
        }
    }

    fn record_failure(&self, failure: &Failure) {
        if was_refused(failure) {
            self.refusals.fetch_add(1, Ordering::Relaxed);
        }
        let mut failures = self.failures.lock();
        let kind = (failure.category, Code::of(failure));
        let known = failures.contains_key(&kind) || failures.len() < MAX_FAILURE_KINDS;
        *failures
            .entry(if known { kind } else { (failure.category, Code::Other) })
            .or_default() += 1;
    }
}

/// Whether Entra refused what was presented. What was never sent, such as a token file that is missing, has no
/// correlation id.
fn was_refused(failure: &Failure) -> bool {
    use Category as C;
    let about_what_was_presented =
        matches!(failure.category, C::Assertion | C::Client | C::FederatedCredential | C::Policy | C::Tenant);
    about_what_was_presented && failure.correlation_id.is_some()
}

#[cfg(test)]
mod tests {
    use super::{Code, ExchangeStats, MAX_FAILURE_KINDS};
    use crate::failure::{Category, Class, Failure};

    #[test]
    fn kinds_of_failure_are_bounded() {
        let stats = ExchangeStats::default();
        for code in 0..1000 {
            let mut failure = Failure::new(Class::Permanent, Category::Client, "e", "d");
            failure.code = Some(code);
            stats.record_failure(&failure);
        }
        let failures = stats.failures.lock();
        assert_eq!(failures.len(), MAX_FAILURE_KINDS + 1);
        assert_eq!(failures[&(Category::Client, Code::Other)], 1000 - MAX_FAILURE_KINDS as u64);
    }
}
