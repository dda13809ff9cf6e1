//! The task that exchanges for a key, and keeps what comes of it.

use std::{sync::Arc, time::Duration};

use super::{
    attempts::Attempts,
    cached_token::CachedToken,
    core::{Inner, Purpose},
    in_flight::ExchangeTask,
    refresher,
};
use crate::{
    clock::{Clock, Random},
    exchange::Exchange,
};

impl<E: Exchange, C: Clock, R: Random> Inner<E, C, R> {
    /// Runs `task` to its end, whoever still waits for it.
    pub(super) async fn run_exchange(self: Arc<Self>, task: ExchangeTask, purpose: Purpose) {
        let completion = self.in_flight.completion(task);
        let ExchangeTask { key, is_known, demand, .. } = completion.task();
        let attempts = Attempts::new(&self, key, *is_known, demand);
        let result = match attempts.run().await {
            Ok((token, requested)) => {
                let cached =
                    Arc::new(CachedToken::new(token, requested, demand.latest().is_some(), &self.random));
                if purpose == Purpose::Forced {
                    cached.mark_forced();
                }
                self.failures.forget(key);
                self.storage.insert(key.clone(), Arc::clone(&cached));
                refresher::watch(&self, key.clone(), &cached);
                Ok(cached)
            }
            Err(failed) => {
                let (cached, now) = (self.storage.get(key), self.now());
                let left = cached
                    .as_ref()
                    .map_or(Duration::ZERO, |cached| cached.remaining(now));
                self.failures.remember(key, &failed, left, &self.random);
                if let Some(cached) = cached {
                    cached.back_off(now, &self.random);
                }
                Err(failed.0)
            }
        };
        completion.complete(result);
    }
}
