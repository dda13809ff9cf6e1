//! Failures remembered per key, so that a client that retries does not reach Entra each time.

use moka::sync::Cache;
use tokio::time::Instant;

use super::schedule;
use crate::{
    clock::Random,
    exchange::Key,
    failure::{Class, Failure},
};

/// The last failure of each key, for as long as its class says.
pub(super) struct Memory(Cache<Key, Remembered>);

#[derive(Clone)]
struct Remembered {
    failure: Failure,
    until: Instant,
    /// Failures of this key in a row.
    strikes: u32,
    /// The credential that failed.
    credential: u64,
}

/// Keys whose failure is remembered. More than the failing resources of any real application.
const CAPACITY: u64 = 256;

impl Memory {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).build())
    }

    /// The failure that still stands for `key`, with the time that is left as its `retry_after`.
    pub(super) fn recall(&self, key: &Key, now: Instant, credential: u64) -> Option<Failure> {
        let remembered = self.0.get(key)?;
        let left = remembered
            .until
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())?;
        if remembered.outdated(credential) {
            return None;
        }
        Some(Failure { retry_after: Some(left), ..remembered.failure })
    }

    /// When the next exchange for `key` may be made; the past if nothing is remembered.
    pub(super) fn blocked_until(&self, key: &Key, now: Instant, credential: u64) -> Instant {
        self.0
            .get(key)
            .filter(|r| !r.outdated(credential))
            .map_or(now, |r| r.until.max(now))
    }

    pub(super) fn remember(
        &self,
        key: &Key,
        failure: &Failure,
        now: Instant,
        credential: u64,
        random: &impl Random,
    ) {
        let strikes = self
            .0
            .get(key)
            .filter(|r| !r.outdated(credential))
            .map_or(0, |r| r.strikes + 1);
        let until = now + schedule::memory(failure, strikes, random);
        self.0
            .insert(key.clone(), Remembered { failure: failure.clone(), until, strikes, credential });
    }

    pub(super) fn forget(&self, key: &Key) {
        self.0.invalidate(key);
    }

    pub(super) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

impl Remembered {
    /// Whether the credential has been replaced since. Being throttled has nothing to do with the credential.
    fn outdated(&self, credential: u64) -> bool {
        self.failure.class != Class::Throttled && self.credential != credential
    }
}
