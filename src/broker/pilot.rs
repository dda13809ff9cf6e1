//! Flying a flight: exchange, and keep what comes of it.

use std::{sync::Arc, time::Duration};

use super::{
    attempts::Attempts,
    core::{Inner, Purpose},
    flight::NewFlight,
    held::Held,
    keeper,
};
use crate::{
    clock::{Clock, Random},
    exchange::Exchange,
};

impl<E: Exchange, C: Clock, R: Random> Inner<E, C, R> {
    /// Flies `flight` to its end, whoever still waits for it.
    pub(super) async fn fly(self: Arc<Self>, flight: NewFlight, purpose: Purpose) {
        let landing = self.flights.landing(flight);
        let NewFlight { key, is_known, wanted, .. } = landing.flight();
        let attempts = Attempts::new(&self, key, *is_known, wanted);
        let result = match attempts.run().await {
            Ok((token, requested)) => {
                let held = Arc::new(Held::new(token, requested, wanted.latest().is_some(), &self.random));
                if purpose == Purpose::Forced {
                    held.mark_forced();
                }
                self.memory.forget(key);
                self.storage.insert(key.clone(), Arc::clone(&held));
                keeper::keep(&self, key.clone(), &held);
                Ok(held)
            }
            Err(failed) => {
                let (held, now) = (self.storage.get(key), self.now());
                let left = held
                    .as_ref()
                    .map_or(Duration::ZERO, |held| held.remaining(now));
                self.memory.remember(key, &failed, left, &self.random);
                if let Some(held) = held {
                    held.put_off(now, &self.random);
                }
                Err(failed.0)
            }
        };
        landing.land(result);
    }
}
