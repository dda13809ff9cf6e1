//! The broker: answers from the cache, joins exchanges, remembers failures.

use std::{collections::HashSet, sync::Arc, time::Duration};

use parking_lot::RwLock;
use tokio::time::Instant;

use super::{
    cached_token::{CachedToken, Now},
    errors,
    failure_cache::{Epoch, FailureCache},
    freshness::{Freshness, TokenHash},
    grant::{Grant, Source, Tokens},
    in_flight::{InFlight, Join, Waiter},
    new_key_limiter::NewKeyLimiter,
    schedule,
    storage::Storage,
    turns::Turns,
};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
    failure::{Class, Failure},
};

/// What of the broker can be set. The rest is in [`schedule`].
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long one request waits at most, retries inside included.
    pub request_budget: Duration,
    /// How long after start a missing federated credential is taken for one that is still spreading.
    pub propagation_grace: Duration,
    /// Tokens kept at most.
    pub max_tokens: u64,
    /// Bytes of tokens kept at most.
    pub max_bytes: u64,
    /// Keys without a token that may reach Entra in one burst.
    pub new_keys_burst: u32,
    /// Keys without a token that may reach Entra each minute after a burst.
    pub new_keys_per_minute: u32,
}

impl Config {
    /// What the settings are read into: nothing of it is ever seen.
    pub(crate) const fn placeholder() -> Self {
        Self {
            request_budget: Duration::ZERO,
            propagation_grace: Duration::ZERO,
            max_tokens: 0,
            max_bytes: 0,
            new_keys_burst: 0,
            new_keys_per_minute: 0,
        }
    }
}

/// Caches, refreshes and shares tokens. Clones are handles to the same broker.
///
/// Must be used inside a tokio runtime: exchanges and refreshes are tasks of their own.
pub(crate) struct Broker<E, C, R>(Arc<Inner<E, C, R>>);

pub(super) struct Inner<E, C, R> {
    pub(super) exchange: E,
    clock: C,
    pub(super) random: R,
    pub(super) config: Config,
    started: Instant,
    pub(super) storage: Storage,
    pub(super) failures: FailureCache,
    pub(super) in_flight: InFlight,
    new_keys: NewKeyLimiter,
    pub(super) turns: Turns,
    /// The keys that an operator listed.
    listed: RwLock<HashSet<Key>>,
}

/// A token in the cache, as metrics see it.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// What it is for.
    pub key: Key,
    /// What is left of it.
    pub remaining: Duration,
}

/// Why an exchange is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Purpose {
    /// Somebody waits.
    Request,
    /// Somebody waits who will not have the token at hand.
    Forced,
    /// Nobody does; the token at hand is still good.
    Refresh,
}

impl<E: Exchange, C: Clock, R: Random> Broker<E, C, R> {
    /// A broker with an empty cache; the propagation grace starts now.
    pub(crate) fn new(exchange: E, clock: C, random: R, config: Config) -> Self {
        let now = Instant::now();
        Self(Arc::new(Inner {
            exchange,
            clock,
            random,
            config,
            started: now,
            storage: Storage::new(config.max_tokens, config.max_bytes),
            failures: FailureCache::new(),
            in_flight: InFlight::default(),
            new_keys: NewKeyLimiter::new(config.new_keys_burst, config.new_keys_per_minute, now),
            turns: Turns::new(),
            listed: RwLock::default(),
        }))
    }

    /// Says which keys an operator listed, in place of those before. They never wait for others.
    pub(crate) fn list(&self, keys: impl IntoIterator<Item = Key>) {
        let listed = keys.into_iter().collect();
        *self.0.listed.write() = listed;
    }

    /// Forgets every failure, so that the next request for each key reaches Entra.
    pub(crate) fn forget_failures(&self) {
        self.0.failures.forget_all();
    }

    /// The tokens in the cache that are still valid.
    pub(crate) fn snapshot(&self) -> Vec<Snapshot> {
        let now = self.0.now();
        let all = self
            .0
            .storage
            .all()
            .map(|(key, cached)| Snapshot { key: Key::clone(&key), remaining: cached.remaining(now) });
        all.filter(|s| !s.remaining.is_zero()).collect()
    }

    /// Whether there is a token that can still be handed out.
    pub(crate) fn holds_tokens(&self) -> bool {
        let now = self.0.now();
        self.0
            .storage
            .all()
            .any(|(_, cached)| cached.remaining(now) > schedule::MIN_USABLE)
    }

    pub(super) fn inner(&self) -> &Arc<Inner<E, C, R>> {
        &self.0
    }
}

impl<E: Exchange, C: Clock, R: Random> Tokens for Broker<E, C, R> {
    async fn fresh(&self, key: &Key, freshness: Freshness) -> Result<Grant, Failure> {
        let inner = &self.0;
        let now = inner.now();
        let Some(cached) = inner
            .storage
            .get(key)
            .filter(|cached| cached.remaining(now) > Duration::ZERO)
        else {
            return inner
                .get_token(key, inner.config.request_budget, Purpose::Request)
                .await;
        };
        cached.mark_asked();
        if freshness != Freshness::Any
            && let Some(outcome) = inner.force(key, &cached, freshness).await
        {
            return outcome;
        }
        if cached.is_fresh(now) {
            if now.monotonic >= cached.due_at() {
                inner.refresh(key);
            }
            return Ok(inner.grant(&cached, Source::Hit));
        }
        inner.get_newer_token(key, cached).await
    }
}

impl<E: Exchange, C: Clock, R: Random> Inner<E, C, R> {
    /// Gets a newer token than the valid one at hand, if `freshness` asks for that and it is time. `None`: the one at hand
    /// will do.
    async fn force(
        self: &Arc<Self>,
        key: &Key,
        cached: &CachedToken,
        freshness: Freshness,
    ) -> Option<Result<Grant, Failure>> {
        let is_rejected = match freshness {
            Freshness::Any => return None,
            Freshness::Newer => false,
            // Any other token has replaced the rejected one already.
            Freshness::NotThis(hash) if hash != TokenHash::of(&cached.token.secret) => return None,
            Freshness::NotThis(_) => true,
        };
        let now = Instant::now();
        if let Some(failure) = self.recall(key, now) {
            return is_rejected.then(|| Err(self.finalize(key, failure)));
        }
        if let Err(wait) = cached.claim_forced(now, is_rejected) {
            if !is_rejected {
                return None;
            }
            // The exchange under way may be the very one that was forced a moment ago.
            if !self.in_flight.contains(key) {
                return Some(Err(errors::forced_a_moment_ago(wait)));
            }
        }
        let budget = if is_rejected { self.config.request_budget } else { schedule::WAIT_FOR_NEWER };
        match self.get_token(key, budget, Purpose::Forced).await {
            // A token known to be rejected helps nobody: its owner would come back with it at once.
            Err(_) if !is_rejected && cached.remaining(self.now()) > schedule::MIN_USABLE => {
                Some(Ok(self.grant(cached, Source::Stale)))
            }
            outcome => Some(outcome),
        }
    }

    /// Gets a token for a key that has none.
    async fn get_token(
        self: &Arc<Self>,
        key: &Key,
        budget: Duration,
        purpose: Purpose,
    ) -> Result<Grant, Failure> {
        if let Some(failure) = self.recall(key, Instant::now()) {
            return Err(self.finalize(key, failure));
        }
        let (waiter, source) = self.join(key, purpose)?;
        match tokio::time::timeout(budget, waiter.wait()).await {
            Ok(Some(Ok(cached))) if cached.remaining(self.now()).is_zero() => Err(errors::ended_on_arrival()),
            Ok(Some(Ok(cached))) => Ok(self.grant(&cached, source)),
            Ok(Some(Err(failure))) => Err(self.finalize(key, failure)),
            Ok(None) => Err(errors::lost()),
            Err(_) => Err(errors::out_of_time(budget)),
        }
    }

    /// Gets a newer token than `cached`, which is in its last minutes, or falls back to `cached`.
    async fn get_newer_token(
        self: &Arc<Self>,
        key: &Key,
        cached: Arc<CachedToken>,
    ) -> Result<Grant, Failure> {
        let good_enough = cached.remaining(self.now()) > schedule::MIN_USABLE;
        let patience = if good_enough { schedule::WAIT_FOR_NEWER } else { self.config.request_budget };
        let budget = patience.min(self.config.request_budget);
        let newer = self.get_token(key, budget, Purpose::Request).await;
        if newer.is_err() && cached.remaining(self.now()) > schedule::MIN_USABLE {
            return Ok(self.grant(&cached, Source::Stale));
        }
        newer
    }

    /// Starts a refresh, unless one is under way or a failure says to wait.
    pub(super) fn refresh(self: &Arc<Self>, key: &Key) -> Option<Waiter> {
        let now = Instant::now();
        if self.blocked_until(key, now) > now {
            return None;
        }
        self.join(key, Purpose::Refresh)
            .ok()
            .map(|(waiter, _)| waiter)
    }

    /// When a refresh of `key` may be tried next.
    pub(super) fn blocked_until(&self, key: &Key, now: Instant) -> Instant {
        self.failures
            .blocked_until(key, now, || self.exchange.credential_version())
    }

    /// The failure that still stands for `key`.
    fn recall(&self, key: &Key, now: Instant) -> Option<Failure> {
        self.failures
            .recall(key, now, || self.exchange.credential_version())
    }

    fn join(self: &Arc<Self>, key: &Key, purpose: Purpose) -> Result<(Waiter, Source), Failure> {
        let is_known = self.is_known(key);
        if !is_known && !self.in_flight.contains(key) {
            self.new_keys
                .admit(Instant::now())
                .map_err(errors::too_many_keys)?;
        }
        match self
            .in_flight
            .join(key, is_known, purpose != Purpose::Refresh)
        {
            Join::Joined(waiter) => Ok((waiter, Source::Joined)),
            Join::New(waiter, task) => {
                // Detached: a request that goes away cancels nothing for the others.
                tokio::spawn(Arc::clone(self).run_exchange(task, purpose));
                Ok((waiter, Source::Exchanged))
            }
            Join::Full => Err(errors::too_many_keys(Duration::from_secs(1))),
        }
    }

    /// Whether a key is listed, or ever had a token, even one that has ended.
    fn is_known(&self, key: &Key) -> bool {
        let listed = self.listed.read();
        listed.contains(key) || self.storage.knows(key)
    }

    /// The epoch in which an exchange begins now.
    pub(super) fn epoch(&self) -> Epoch {
        self.failures.epoch(self.exchange.credential_version())
    }

    /// A failure as it is answered now: what may still be spreading is given time only at the start, and only for a key
    /// that never worked.
    fn finalize(&self, key: &Key, mut failure: Failure) -> Failure {
        if failure.class == Class::Propagation {
            let grace = self
                .config
                .propagation_grace
                .saturating_sub(self.started.elapsed());
            if grace.is_zero() || self.storage.get(key).is_some() {
                failure.class = Class::Permanent;
            } else {
                failure.permanent_from = Some((self.clock.wall() + grace).time_of_day());
            }
        }
        let now = Instant::now();
        let next = self.blocked_until(key, now).saturating_duration_since(now);
        failure.retry_after = (failure.class != Class::Permanent).then_some(next);
        failure
    }

    fn grant(&self, cached: &CachedToken, source: Source) -> Grant {
        Grant { token: Arc::clone(&cached.token), remaining: cached.remaining(self.now()), source }
    }

    pub(super) fn now(&self) -> Now {
        Now { monotonic: Instant::now(), wall: self.clock.wall() }
    }
}

// A derived Clone would ask it of E, C and R.
impl<E, C, R> Clone for Broker<E, C, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
