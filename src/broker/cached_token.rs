//! A token in the cache.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::schedule;
use crate::{
    clock::{Random, UnixTime},
    token::Token,
};

/// The present by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) monotonic: Instant,
    pub(super) wall: UnixTime,
}

/// A token, when it ends by the monotonic clock, and when it is due for refresh.
#[derive(Debug)]
pub(super) struct CachedToken {
    pub(super) token: Arc<Token>,
    /// When to refresh it next, and how many refreshes have failed.
    due: Mutex<(Instant, u32)>,
    requested: Instant,
    ends: Instant,
    /// From when on a caller may force an exchange for a newer one.
    forcible: Mutex<Instant>,
    /// Whether anyone asked since it was fetched. Only then is it worth a refresh.
    asked: AtomicBool,
}

impl CachedToken {
    /// Wraps `token`; `requested` is the monotonic time before it was asked for.
    pub(super) fn new(token: Token, requested: Instant, asked: bool, random: &impl Random) -> Self {
        let lifetime = token.lifetime();
        Self {
            due: Mutex::new((requested + schedule::refresh_after(lifetime, token.refresh_in, random), 0)),
            ends: requested + lifetime,
            token: Arc::new(token),
            forcible: Mutex::new(requested),
            requested,
            asked: AtomicBool::new(asked),
        }
    }

    /// What is left, by the stricter clock: the wall clock notices a machine that slept, the monotonic clock one whose
    /// wall clock was set back.
    pub(super) fn remaining(&self, now: Now) -> Duration {
        let by_wall = self.token.expires_at.saturating_since(now.wall);
        self.ends
            .saturating_duration_since(now.monotonic)
            .min(by_wall)
    }

    /// Whether clients will be content with it. A token fetched a moment ago is as good as it gets, however short its
    /// life is.
    pub(super) fn is_fresh(&self, now: Now) -> bool {
        let just_fetched = now.monotonic.saturating_duration_since(self.requested) < schedule::MIN_BETWEEN;
        let least = if just_fetched { Duration::ZERO } else { schedule::min_fresh(self.token.lifetime()) };
        self.remaining(now) > least
    }

    /// When to refresh it next.
    pub(super) fn due_at(&self) -> Instant {
        self.due.lock().0
    }

    /// Puts the next refresh off, because one has just failed.
    pub(super) fn back_off(&self, now: Now, random: &impl Random) {
        let mut due = self.due.lock();
        let pause = schedule::before_end(schedule::refresh_pause(due.1, random), self.remaining(now));
        *due = (now.monotonic + pause, due.1.saturating_add(1));
    }

    /// Takes the turn of forcing an exchange now, or says how long it is until the next one. A token that nobody has
    /// rejected must also not be a new one.
    pub(super) fn claim_forced(&self, now: Instant, is_rejected: bool) -> Result<(), Duration> {
        let mut forcible = self.forcible.lock();
        let from =
            if is_rejected { *forcible } else { (*forcible).max(self.requested + schedule::MIN_BETWEEN) };
        let wait = from.saturating_duration_since(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        *forcible = now + schedule::FORCED_BETWEEN;
        Ok(())
    }

    /// Says that a forced exchange brought it.
    pub(super) fn mark_forced(&self) {
        *self.forcible.lock() = self.requested + schedule::FORCED_BETWEEN;
    }

    pub(super) fn mark_asked(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
