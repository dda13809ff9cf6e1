//! Tokens wanted from the start.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::task::JoinSet;

use super::{Broker, Tokens, schedule};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
    failure::Failure,
};

/// The pause after a failure, unless that says to come back sooner.
const PAUSE: Duration = Duration::from_secs(10);

/// Which of the tokens wanted from the start are not here yet, and why. Clones watch the same prefetch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefetch(Arc<Mutex<BTreeMap<String, String>>>);

impl Prefetch {
    /// A prefetch of `keys` that has not begun.
    pub(crate) fn of(keys: &[Key]) -> Self {
        let waiting = keys
            .iter()
            .map(|key| (key.resource.to_string(), "not asked for yet".to_owned()));
        Self(Arc::new(Mutex::new(waiting.collect())))
    }

    /// The resources that are missing, each with the reason, in one line; `None` when every token has been here.
    pub(crate) fn missing(&self) -> Option<String> {
        let missing = self.0.lock();
        let lines: Vec<_> = missing
            .iter()
            .map(|(resource, reason)| format!("{resource}: {reason}"))
            .collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    fn failed(&self, key: &Key, reason: String) {
        let mut missing = self.0.lock();
        missing.insert(key.resource.to_string(), reason);
    }

    fn arrived(&self, key: &Key) {
        self.0.lock().remove(key.resource.as_str());
    }
}

impl<E: Exchange, C: Clock, R: Random> Broker<E, C, R> {
    /// Gets a token for each of `keys` and returns when each has had one; `progress` says what is missing meanwhile.
    ///
    /// Starts within [`schedule::PREFETCH_SPREAD`] at random, and keeps trying each key at the pace that its failures ask
    /// for: one that cannot work holds up no other. Requests that come meanwhile are neither delayed nor doubled.
    pub(crate) async fn prefetch(&self, keys: Vec<Key>, progress: Prefetch) {
        tokio::time::sleep(schedule::PREFETCH_SPREAD.mul_f64(self.inner().random.unit())).await;
        let mut tasks = JoinSet::new();
        for key in keys {
            let (broker, progress) = (self.clone(), progress.clone());
            tasks.spawn(async move { broker.fetch_until_it_works(&key, &progress, |_| ()).await });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Gets a token for `key`, however often that takes, at the pace that its failures ask for. `progress` says what is missing
    /// meanwhile, and each failure is told.
    pub(crate) async fn fetch_until_it_works(
        &self,
        key: &Key,
        progress: &Prefetch,
        on_failure: impl Fn(&Failure),
    ) {
        while let Err(failure) = self.token(key).await {
            on_failure(&failure);
            // Asking is cheap while the failure is remembered, and what it said may be forgotten, or a request have had its
            // token, long before its time.
            let pause = failure
                .retry_after
                .unwrap_or(PAUSE)
                .clamp(Duration::from_secs(1), PAUSE);
            progress.failed(key, failure.description);
            tokio::time::sleep(pause).await;
        }
        progress.arrived(key);
    }
}
