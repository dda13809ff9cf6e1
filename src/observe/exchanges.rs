//! What is counted and logged at each exchange with Entra.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use tracing::{info, warn};

use super::Identifiers;
use crate::{
    exchange::{Exchange, Key},
    failure::{Category, Failure},
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
}

/// An AADSTS number as a label. Entra has hundreds; a label set must be bounded.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Code {
    None,
    Number(u32),
    Other,
}

/// Different (category, code) pairs that are told apart; later ones are counted under `other`.
const MAX_FAILURE_KINDS: usize = 64;

/// Latencies kept until somebody reads the metrics.
const MAX_LATENCIES: usize = 4096;

impl ExchangeStats {
    pub(super) fn record(&self, took: Duration, outcome: &Result<Token, Failure>) {
        let mut latencies = self
            .latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (failure.category, failure.code.map_or(Code::None, Code::Number));
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

impl Code {
    pub(super) fn label(self) -> String {
        match self {
            Self::None => "none".into(),
            Self::Number(code) => code.to_string(),
            Self::Other => "other".into(),
        }
    }
}

/// An exchange that is counted and logged: one line each.
pub struct Observed<E> {
    inner: E,
    stats: Arc<ExchangeStats>,
    identifiers: Identifiers,
}

impl<E> Observed<E> {
    /// Watches `inner`.
    pub fn new(inner: E, stats: Arc<ExchangeStats>, identifiers: Identifiers) -> Self {
        Self { inner, stats, identifiers }
    }

    fn log(&self, key: &Key, took: Duration, outcome: &Result<Token, Failure>) {
        let client_id = self.identifiers.show(&key.client_id);
        let resource = key.resource.as_str();
        let latency_ms = super::milliseconds(took);
        match outcome {
            Ok(token) => info!(
                operation = "exchange",
                result = "success",
                managedIdentityClientId = client_id,
                azureResource = resource,
                latency_ms,
                expires_in = token.lifetime().as_secs(),
                "exchanged the assertion for a token"
            ),
            Err(failure) => warn!(
                operation = "exchange",
                result = "failure",
                errorCategory = failure.category.as_str(),
                errorClass = failure.class.as_str(),
                managedIdentityClientId = client_id,
                azureResource = resource,
                latency_ms,
                aadsts = failure.code,
                retry_after = failure.retry_after.map(|d| d.as_secs()),
                trace_id = failure.trace_id,
                correlation_id = failure.correlation_id,
                "{}",
                failure.description
            ),
        }
    }
}

impl<E: Exchange> Exchange for Observed<E> {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        let started = Instant::now();
        let outcome = self.inner.exchange(key).await;
        let took = started.elapsed();
        self.stats.record(took, &outcome);
        self.log(key, took, &outcome);
        outcome
    }

    fn credential_version(&self) -> u64 {
        self.inner.credential_version()
    }
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
        let failures = stats.failures.lock().unwrap();
        assert_eq!(failures.len(), MAX_FAILURE_KINDS + 1);
        assert_eq!(failures[&(Category::Client, Code::Other)], 1000 - MAX_FAILURE_KINDS as u64);
    }
}
