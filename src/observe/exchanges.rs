//! What is logged at each exchange with Entra, and counted.

use std::{borrow::Cow, sync::Arc, time::Duration};

use tokio::time::Instant;
use tracing::{info, warn};

use super::{ExchangeStats, Identifiers, hide, repeats::Repeats};
use crate::{
    clock::Clock,
    exchange::{Exchange, Key},
    failure::{Category, Class, Failure},
    token::Token,
};

/// An exchange that is counted and logged: one line each.
pub struct Observed<E, C> {
    inner: E,
    stats: Arc<ExchangeStats>,
    identifiers: Identifiers,
    repeats: Repeats,
    clock: C,
}

impl<E, C: Clock> Observed<E, C> {
    /// Watches `inner`.
    pub fn new(inner: E, stats: Arc<ExchangeStats>, identifiers: Identifiers, clock: C) -> Self {
        Self { inner, stats, identifiers, repeats: Repeats::default(), clock }
    }

    fn record(&self, key: &Key, took: Duration, outcome: &Result<Token, Failure>) {
        self.stats.record(took, outcome);
        match outcome {
            Ok(_) => self
                .stats
                .standings
                .succeeded(&key.client_id, self.clock.wall()),
            Err(failure) => self.stats.standings.failed(&key.client_id, failure),
        }
    }

    fn log(&self, key: &Key, took: Duration, outcome: &Result<Token, Failure>) {
        let client_id = self.identifiers.show(&key.client_id);
        let resource = hide(key.resource.as_str(), &key.client_id, &client_id);
        let resource = resource.as_ref();
        let latency_ms = super::milliseconds(took);
        match outcome {
            Ok(token) => {
                self.repeats.forget(&key.client_id);
                info!(
                    operation = "exchange",
                    result = "success",
                    managedIdentityClientId = client_id,
                    azureResource = resource,
                    latency_ms,
                    expires_in = token.lifetime().as_secs(),
                    correlation_id = token.correlation_id.as_deref(),
                    "exchanged the assertion for a token"
                );
            }
            Err(failure) => {
                let again = self.repeats.again(&key.client_id, failure);
                let first = again.as_ref().and_then(|again| again.first.as_deref());
                let description = hide(&failure.description, &key.client_id, &client_id);
                warn!(
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
                    repeated = again.as_ref().map(|again| again.repeated),
                    first_correlation_id = first,
                    "{}",
                    if again.is_some() { in_short(&description) } else { description }
                );
            }
        }
    }
}

/// What went wrong, without the fix and the rest.
fn in_short(description: &str) -> Cow<'_, str> {
    const MOST: usize = 120;
    let (what, _) = description
        .split_once(" Fix: ")
        .unwrap_or((description, ""));
    let cut = what
        .get(..what.floor_char_boundary(MOST))
        .unwrap_or_default();
    format!("again: {cut}{}", if cut.len() < what.len() { "…" } else { "" }).into()
}

impl<E: Exchange, C: Clock> Exchange for Observed<E, C> {
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
struct Watch<'a, E, C: Clock> {
    by: &'a Observed<E, C>,
    key: &'a Key,
    started: Instant,
    is_over: bool,
}

impl<E, C: Clock> Watch<'_, E, C> {
    fn report(&mut self, outcome: &Result<Token, Failure>) {
        self.is_over = true;
        let took = self.started.elapsed();
        self.by.record(self.key, took, outcome);
        self.by.log(self.key, took, outcome);
    }
}

impl<E, C: Clock> Drop for Watch<'_, E, C> {
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

    use super::{ExchangeStats, Observed};
    use crate::{
        clock::System,
        exchange::{Exchange, Key},
        failure::{Category, Class, Failure},
        observe::{Identifiers, code::Code, testing::captured},
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

    fn key() -> Key {
        Key {
            authority: "https://login.microsoftonline.com".parse().unwrap(),
            via_token_proxy: false,
            tenant: "contoso.onmicrosoft.com".parse().unwrap(),
            client_id: "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
            resource: "https://vault.azure.net".parse().unwrap(),
        }
    }

    fn observed() -> Observed<Silent, System> {
        Observed::new(Silent, Arc::default(), Identifiers::Hashed, System)
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_that_is_given_up_is_counted_too() {
        let observed = observed();
        let given_up = tokio::time::timeout(Duration::from_secs(3), observed.exchange(&key())).await;
        assert!(given_up.is_err());
        let ExchangeStats { failures, latencies, .. } = &*observed.stats;
        assert_eq!(*failures.lock(), [((Category::Timeout, Code::None), 1)].into());
        assert_eq!(*latencies.lock(), [Duration::from_secs(3)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_comes_again_is_told_in_short() {
        let refused = |n: u32| {
            let text = format!(
                "AADSTS700016: There is no aaaaaaaa-1111-2222-3333-444444444444 {}. Fix: look. Correlation ID: b{n}",
                "far and wide ".repeat(20)
            );
            let mut failure = Failure::new(Class::Permanent, Category::Client, "e", text);
            (failure.code, failure.correlation_id) = (Some(700_016), Some(format!("b{n}")));
            Err(failure)
        };
        let log = captured(|| {
            let observed = observed();
            for n in 1..4 {
                observed.log(&key(), Duration::from_millis(30), &refused(n));
            }
        });
        let lines: Vec<_> = log
            .iter()
            .map(|line| {
                let fields = ["correlation_id", "first_correlation_id", "repeated", "message"];
                fields.map(|field| line[field].to_string()).join(" ")
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        "b1" null null "AADSTS700016: There is no 61eef8f68895 far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide far and wide . Fix: look. Correlation ID: b1"
        "b2" "b1" 1 "again: AADSTS700016: There is no 61eef8f68895 far and wide far and wide far and wide far and wide far and wide far and wide far…"
        "b3" "b1" 2 "again: AADSTS700016: There is no 61eef8f68895 far and wide far and wide far and wide far and wide far and wide far and wide far…"
        "#);
    }
}
