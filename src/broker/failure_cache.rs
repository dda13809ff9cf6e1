//! Failures remembered per key, so that a client that retries does not reach Entra each time.

use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;
use tokio::time::{Duration, Instant};

use super::schedule;
use crate::{
    clock::Random,
    exchange::Key,
    failure::{Class, Failure},
};

/// The last failure of each key, for as long as its class says.
pub(super) struct FailureCache {
    entries: Cache<Key, CachedFailure>,
    /// How often everything was forgotten so far.
    generation: AtomicU64,
}

/// When a failure began, as far as it matters: should it change meanwhile, the failure says nothing about the present.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Epoch {
    /// The credential that is presented.
    pub(super) credential: u64,
    generation: u64,
}

#[derive(Clone)]
struct CachedFailure {
    failure: Failure,
    until: Instant,
    /// Failures of this key in a row.
    consecutive_failures: u32,
    /// The credential that failed.
    credential: u64,
}

/// Keys whose failure is remembered. More than the failing resources of any real application.
const CAPACITY: u64 = 256;

impl FailureCache {
    pub(super) fn new() -> Self {
        Self { entries: Cache::builder().max_capacity(CAPACITY).build(), generation: AtomicU64::new(0) }
    }

    /// The epoch in which an exchange begins.
    pub(super) fn epoch(&self, credential: u64) -> Epoch {
        Epoch { credential, generation: self.generation.load(Ordering::Acquire) }
    }

    /// The failure that still stands for `key`, with the time that is left as its `retry_after`. `credential`, the one at hand,
    /// costs a look at files: it is asked for only where a failure depends on it.
    pub(super) fn recall(
        &self,
        key: &Key,
        now: Instant,
        credential: impl FnOnce() -> u64,
    ) -> Option<Failure> {
        let cached = self.entries.get(key)?;
        let left = cached
            .until
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())?;
        if cached.outdated(credential) {
            return None;
        }
        Some(Failure { retry_after: Some(left), ..cached.failure })
    }

    /// When the next exchange for `key` may be made; the past if nothing is remembered.
    pub(super) fn blocked_until(&self, key: &Key, now: Instant, credential: impl FnOnce() -> u64) -> Instant {
        self.entries
            .get(key)
            .filter(|r| !r.outdated(credential))
            .map_or(now, |r| r.until.max(now))
    }

    /// Remembers `failure`; `left` is what is left of a token for `key` that is at hand.
    pub(super) fn remember(
        &self,
        key: &Key,
        (failure, begun): &(Failure, Epoch),
        left: Duration,
        random: &impl Random,
    ) {
        // Everything was forgotten while the exchange was under way: it failed in a past that is over.
        if begun.generation != self.generation.load(Ordering::Acquire) {
            return;
        }
        let credential = begun.credential;
        let known = self.entries.get(key).filter(|r| !r.outdated(|| credential));
        let consecutive_failures = known.map_or(0, |r| r.consecutive_failures + 1);
        let wait = schedule::failure_ttl(failure, consecutive_failures, random);
        let until = Instant::now() + schedule::before_end(wait, left);
        let cached = CachedFailure { failure: failure.clone(), until, consecutive_failures, credential };
        self.entries.insert(key.clone(), cached);
    }

    pub(super) fn forget(&self, key: &Key) {
        self.entries.invalidate(key);
    }

    pub(super) fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.entries.invalidate_all();
    }
}

impl CachedFailure {
    /// Whether the credential has been replaced since. Being throttled has nothing to do with the credential.
    fn outdated(&self, credential: impl FnOnce() -> u64) -> bool {
        self.failure.class != Class::Throttled && self.credential != credential()
    }
}
