//! Tokens wanted from the start.

use std::time::Duration;

use super::{Broker, Tokens, schedule};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
};

/// The pause after a failure that says nothing about when to come back.
const PAUSE: Duration = Duration::from_secs(10);

impl<E: Exchange, C: Clock, R: Random> Broker<E, C, R> {
    /// Gets a token for each of `keys`, one after the other, and returns when each has had one.
    ///
    /// Starts within [`schedule::PREFETCH_SPREAD`] at random, and keeps trying at the pace that failures ask for. Requests
    /// that come meanwhile are neither delayed nor doubled.
    pub async fn prefetch(&self, keys: Vec<Key>) {
        tokio::time::sleep(schedule::PREFETCH_SPREAD.mul_f64(self.inner().random.unit())).await;
        for key in keys {
            while let Err(failure) = self.token(&key).await {
                let pause = failure
                    .retry_after
                    .unwrap_or(PAUSE)
                    .max(Duration::from_secs(1));
                tokio::time::sleep(pause).await;
            }
        }
    }
}
