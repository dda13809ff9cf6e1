//! Flying a flight: exchange, again if that may help, and keep what comes of it.

use std::sync::Arc;

use tokio::{sync::watch, time::Instant};

use super::{
    core::{Inner, Purpose},
    flight::Outcome,
    held::Held,
    keeper,
    memory::Circumstances,
    schedule,
};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
    failure::Failure,
};

impl<E: Exchange, C: Clock, R: Random> Inner<E, C, R> {
    /// Flies the flight for `key` to its end, whoever still waits for it.
    pub(super) async fn fly(
        self: Arc<Self>,
        key: Key,
        purpose: Purpose,
        outcome: watch::Sender<Option<Outcome>>,
    ) {
        let landing = self.flights.landing(key, outcome);
        let key = landing.key();
        let result = match self.exchange_within_budget(key, purpose).await {
            Ok(held) => {
                self.memory.forget(key);
                self.storage.insert(key.clone(), Arc::clone(&held));
                keeper::keep(&self, key.clone(), &held);
                Ok(held)
            }
            Err((failure, begun)) => {
                self.memory
                    .remember(key, &failure, Instant::now(), begun, &self.random);
                if let Some(held) = self.storage.get(key) {
                    held.put_off(Instant::now(), &self.random);
                }
                Err(failure)
            }
        };
        landing.land(result);
    }

    /// Exchanges, and again after a short pause while somebody waits and the failure may pass: many clients never retry.
    async fn exchange_within_budget(
        &self,
        key: &Key,
        purpose: Purpose,
    ) -> Result<Arc<Held>, (Failure, Circumstances)> {
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            let requested = Instant::now();
            let begun = self
                .memory
                .circumstances(self.exchange.credential_version());
            let failure = match self.exchange.exchange(key).await {
                Ok(token) => {
                    let asked = purpose != Purpose::Refresh;
                    let held = Held::new(token, requested, asked, &self.random);
                    if purpose == Purpose::Forced {
                        held.mark_forced();
                    }
                    return Ok(Arc::new(held));
                }
                Err(failure) => failure,
            };
            let pause = schedule::retry_pause(&failure, attempt, &self.random);
            attempt += 1;
            // Begun in the second half of the budget, it would hardly end in time.
            let in_time = pause.filter(|pause| started.elapsed() + *pause < self.config.request_budget / 2);
            match in_time {
                Some(pause) if purpose != Purpose::Refresh && attempt < schedule::MAX_ATTEMPTS => {
                    tokio::time::sleep(pause).await;
                }
                _ => return Err((failure, begun)),
            }
        }
    }
}
