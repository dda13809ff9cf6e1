//! What is counted and logged at each exchange with Entra.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use super::{Identifiers, hide};
use crate::{
    exchange::{Exchange, Key},
    failure::{Category, Class, Failure},
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
        let resource = hide(key.resource.as_str(), &key.client_id, &client_id);
        let resource = resource.as_ref();
        let latency_ms = super::milliseconds(took);
        match outcome {
            Ok(token) => info!(
                operation = "exchange",
                result = "success",
                managedIdentityClientId = client_id,
                azureResource = resource,
                latency_ms,
                expires_in = token.lifetime().as_secs(),
                correlation_id = token.correlation_id.as_deref(),
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
                hide(&failure.description, &key.client_id, &client_id)
            ),
        }
    }
}

impl<E: Exchange> Exchange for Observed<E> {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        let mut watch = Watch { by: self, key, started: Instant::now(), is_over: false };
        let outcome = self.inner.exchange(key).await;
        watch.report(&outcome);
        outcome
    }

    fn credential_version(&self) -> u64 {
        self.inner.credential_version()
    }
}

/// Sees to it that an exchange leaves its line also when it is given up before it has ended.
struct Watch<'a, E> {
    by: &'a Observed<E>,
    key: &'a Key,
    started: Instant,
    is_over: bool,
}

impl<E> Watch<'_, E> {
    fn report(&mut self, outcome: &Result<Token, Failure>) {
        self.is_over = true;
        let took = self.started.elapsed();
        self.by.stats.record(took, outcome);
        self.by.log(self.key, took, outcome);
    }
}

impl<E> Drop for Watch<'_, E> {
    fn drop(&mut self) {
        if !self.is_over {
            let text = "Given up before Entra answered: another exchange took its place, or wisp ended.";
            self.report(&Err(Failure::new(
                Class::Transient,
                Category::Timeout,
                "temporarily_unavailable",
                text,
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::{Code, ExchangeStats, MAX_FAILURE_KINDS, Observed};
    use crate::{
        exchange::{Exchange, Key},
        failure::{Category, Class, Failure},
        observe::Identifiers,
        token::Token,
    };

    /// Never answers.
    struct Silent;

    impl Exchange for Silent {
        async fn exchange(&self, _: &Key) -> Result<Token, Failure> {
            std::future::pending().await
        }

        fn credential_version(&self) -> u64 {
            0
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_that_is_given_up_is_counted_too() {
        let stats = Arc::<ExchangeStats>::default();
        let observed = Observed::new(Silent, Arc::clone(&stats), Identifiers::Hashed);
        let key = Key {
            authority: "https://login.microsoftonline.com".parse().unwrap(),
            via_token_proxy: false,
            tenant: "contoso.onmicrosoft.com".parse().unwrap(),
            client_id: "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
            resource: "https://vault.azure.net".parse().unwrap(),
        };
        let given_up = tokio::time::timeout(Duration::from_secs(3), observed.exchange(&key)).await;
        assert!(given_up.is_err());
        assert_eq!(*stats.failures.lock(), [((Category::Timeout, Code::None), 1)].into());
        assert_eq!(*stats.latencies.lock(), [Duration::from_secs(3)]);
    }

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
