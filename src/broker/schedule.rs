//! Every duration the broker lives by, and the arithmetic on them.
//!
//! The figures follow what clients do (MSAL treats a token with under five minutes left as expired), what Entra asks for
//! (`refresh_in`, `Retry-After`) and what keeps an outage from becoming a storm.

use std::time::Duration;

use crate::{
    clock::Random,
    failure::{Class, Failure},
};

/// With less than this left a token counts as old: clients would ask again for each of their own requests.
pub(crate) const MIN_FRESH: Duration = Duration::from_secs(5 * 60);

/// With less than this left a token is not handed out at all: it might end on its way to the API.
pub(crate) const MIN_USABLE: Duration = Duration::from_secs(30);

/// Exchanges of one key that succeed are at least this far apart, however short-lived the tokens are and however soon
/// `refresh_in` advises.
pub(crate) const MIN_BETWEEN: Duration = Duration::from_secs(60);

/// Exchanges that a caller forces for one key are at least this far apart, whether they succeed or not: some clients ask
/// past the cache each time.
pub(crate) const FORCED_BETWEEN: Duration = Duration::from_secs(60);

/// How long a request that could be answered with an old token waits for a newer one.
pub(crate) const WAIT_FOR_NEWER: Duration = Duration::from_secs(2);

/// How soon a refresh that could not even start is tried again.
pub(crate) const REFRESH_REST: Duration = Duration::from_secs(5);

/// How many exchanges one task makes at most while a request waits for it.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// How long an exchange waits for its turn.
pub(crate) const WAIT_FOR_TURN: Duration = Duration::from_secs(15);

/// Less than this is no sign that an exchange hangs.
const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// Prefetches start within this time after start, at random, so that a rollout does not arrive as one burst.
pub(crate) const PREFETCH_SPREAD: Duration = Duration::from_secs(5);

/// Lifetimes from here on are refreshed at half, as MSAL does for managed identities.
const LONG_LIVED: Duration = Duration::from_secs(2 * 60 * 60);

/// Entra's own figure where a 429 names none, and the longest wait it may impose.
const THROTTLED_DEFAULT: Duration = Duration::from_secs(60);
const THROTTLED_CAP: Duration = Duration::from_secs(60 * 60);

/// The longest wait that an outage may impose, whatever Entra says: it may be over much sooner.
const TRANSIENT_CAP: Duration = Duration::from_secs(2 * 60);

/// Transient failures: the first back-off ceiling, and the last.
const BACKOFF_BASE: Duration = Duration::from_secs(5);
const BACKOFF_CAP: Duration = Duration::from_secs(60);

/// Failed refreshes: the first pause, and the longest.
const REFRESH_PAUSE: Duration = Duration::from_secs(15);
const REFRESH_PAUSE_CAP: Duration = Duration::from_secs(5 * 60);

/// Attempts to get a newer token before the one at hand ends are at least this far apart.
const BEFORE_END: Duration = Duration::from_secs(15);

/// No failure is forgotten sooner: a client that retries in a tight loop must not reach Entra each time.
const MIN_FAILURE_TTL: Duration = Duration::from_secs(1);

/// What a fresh token of this lifetime has left at least: five minutes, but never more than half of a very short life.
pub(crate) fn min_fresh(lifetime: Duration) -> Duration {
    MIN_FRESH.min(lifetime / 2)
}

/// How long after it was asked for a token is to be refreshed: at `refresh_in` if Entra gave one, else at half of a life
/// of two hours or more, else at two thirds; always while it is still fresh, and up to a tenth earlier at random. Tokens that live
/// little longer than [`MIN_BETWEEN`] are not refreshed but fetched anew.
pub(crate) fn refresh_after(
    lifetime: Duration,
    refresh_in: Option<Duration>,
    random: &impl Random,
) -> Duration {
    let natural = if lifetime >= LONG_LIVED { lifetime / 2 } else { lifetime * 2 / 3 };
    let before_min_fresh = (lifetime.saturating_sub(min_fresh(lifetime))).mul_f64(0.9);
    let point = refresh_in.unwrap_or(natural).min(before_min_fresh);
    point.mul_f64(1.0 - 0.1 * random.unit()).max(MIN_BETWEEN)
}

/// How long the latest of `made` exchanges of a task may take while somebody waits with this budget, before another is begun
/// beside it: 3 s, then 6 s, of the usual 8 s, so that the second has most of the budget to end in. `None`: a budget has no room
/// for two.
pub(crate) fn patience(budget: Duration, made: u32) -> Option<Duration> {
    let first = budget * 3 / 8;
    (first >= LEAST_PATIENCE).then(|| first.saturating_mul(1 << made.saturating_sub(1).min(16)))
}

/// The wait after a failure while a token is at hand that has this much left: Entra is asked again before it is of no use, also
/// when it asked to be left alone for longer. A wait that ends in time is as it was, another one is half of what is left.
pub(crate) fn before_end(wait: Duration, left: Duration) -> Duration {
    let usable = left.saturating_sub(MIN_USABLE);
    if usable.is_zero() || wait + BEFORE_END <= usable {
        wait
    } else {
        wait.min((usable / 2).max(BEFORE_END))
    }
}

/// The pause before the next exchange of a task that somebody waits for: about 1 s, then about 2 s, and not before
/// Entra's `Retry-After` is over. `None`: waiting does not help, or nobody knows for how long.
pub(crate) fn retry_pause(failure: &Failure, attempt: u32, random: &impl Random) -> Option<Duration> {
    let own = Duration::from_secs(1 << attempt.min(4)).mul_f64(0.75 + 0.5 * random.unit());
    match (failure.class, failure.retry_after) {
        (Class::Transient, None) => Some(own),
        (Class::Transient | Class::Throttled, Some(retry_after)) => Some(own.max(later(retry_after, random))),
        _ => None,
    }
}

/// Up to a fifth later than Entra asks, at random: clients that got the same answer shall not come back together.
fn later(retry_after: Duration, random: &impl Random) -> Duration {
    retry_after
        .min(THROTTLED_CAP)
        .mul_f64(1.0 + 0.2 * random.unit())
}

/// The pause before a failed refresh is tried again: nobody waits for it, so it is the more patient the longer it lasts.
pub(crate) fn refresh_pause(failed: u32, random: &impl Random) -> Duration {
    let ceiling = REFRESH_PAUSE
        .saturating_mul(1 << failed.min(16))
        .min(REFRESH_PAUSE_CAP);
    ceiling.mul_f64(0.5 + 0.5 * random.unit())
}

/// How long a failure is remembered, by class, when `consecutive_failures` of this key came before it.
pub(crate) fn failure_ttl(failure: &Failure, consecutive_failures: u32, random: &impl Random) -> Duration {
    let doubled = |base: Duration, cap: Duration| {
        base.saturating_mul(1 << consecutive_failures.min(16))
            .min(cap)
    };
    match failure.class {
        Class::Permanent => Duration::from_secs(10)
            .saturating_mul(consecutive_failures + 1)
            .min(Duration::from_secs(30)),
        Class::Propagation => doubled(Duration::from_secs(5), Duration::from_secs(10)),
        Class::Assertion => doubled(MIN_FAILURE_TTL, Duration::from_secs(5)),
        Class::Throttled => later(failure.retry_after.unwrap_or(THROTTLED_DEFAULT), random),
        Class::Transient => match failure.retry_after {
            Some(asked) => asked.min(TRANSIENT_CAP),
            None => doubled(BACKOFF_BASE, BACKOFF_CAP).mul_f64(random.unit()),
        },
    }
    .max(MIN_FAILURE_TTL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Category;

    struct Unit(u64);

    impl Random for Unit {
        fn bits(&self) -> u64 {
            self.0
        }
    }

    const LOW: Unit = Unit(0);
    const HIGH: Unit = Unit(u64::MAX);

    fn minutes(n: u64) -> Duration {
        Duration::from_secs(60 * n)
    }

    #[test]
    fn refresh_points_follow_lifetime_and_advice() {
        assert_eq!(refresh_after(minutes(60), None, &LOW), minutes(40));
        assert_eq!(refresh_after(minutes(24 * 60), None, &LOW), minutes(12 * 60));
        assert_eq!(refresh_after(minutes(120), None, &LOW), minutes(60));
        assert_eq!(refresh_after(minutes(60), Some(minutes(10)), &LOW), minutes(10));
        // Advice for when it is no longer fresh would make clients wait.
        assert_eq!(refresh_after(minutes(60), Some(minutes(59)), &LOW), Duration::from_secs(55 * 54));
        assert_eq!(refresh_after(minutes(10), None, &LOW), Duration::from_secs(270));
        let jittered = refresh_after(minutes(60), None, &HIGH);
        assert!(jittered + Duration::from_millis(1) > minutes(36) && jittered < minutes(40), "{jittered:?}");
        // However soon the advice, and however short the life.
        assert_eq!(refresh_after(minutes(1440), Some(Duration::from_secs(1)), &LOW), MIN_BETWEEN);
        assert_eq!(refresh_after(Duration::ZERO, None, &LOW), MIN_BETWEEN);
    }

    #[test]
    fn refreshes_grow_patient() {
        assert_eq!([0, 1, 4, 5, 99].map(|n| refresh_pause(n, &LOW).as_secs()), [7, 15, 120, 150, 150]);
        assert_eq!([0, 99].map(|n| refresh_pause(n, &HIGH).as_secs()), [15, 300]);
    }

    #[test]
    fn ttl_follows_class_and_repetition() {
        let kept = |class, consecutive_failures, random: &Unit| {
            failure_ttl(&Failure::new(class, Category::Service, "e", "d"), consecutive_failures, random)
                .as_secs()
        };
        assert_eq!([0, 1, 2, 9].map(|s| kept(Class::Permanent, s, &LOW)), [10, 20, 30, 30]);
        assert_eq!([0, 1, 9].map(|s| kept(Class::Propagation, s, &LOW)), [5, 10, 10]);
        assert_eq!([0, 1, 2, 9].map(|s| kept(Class::Assertion, s, &LOW)), [1, 2, 4, 5]);
        assert_eq!([0, 1, 40].map(|s| kept(Class::Transient, s, &HIGH)), [5, 10, 60]);
        assert_eq!(kept(Class::Transient, 9, &LOW), 1);
        assert_eq!(kept(Class::Throttled, 0, &LOW), 60);
        assert_eq!(kept(Class::Throttled, 0, &HIGH), 72);
    }

    #[test]
    fn entra_decides_how_long_to_wait() {
        let mut failure = Failure::new(Class::Throttled, Category::Throttling, "e", "d");
        failure.retry_after = Some(minutes(600));
        assert_eq!(failure_ttl(&failure, 0, &LOW), minutes(60));
        failure.class = Class::Transient;
        assert_eq!(failure_ttl(&failure, 7, &HIGH), minutes(2));
        failure.retry_after = Some(minutes(1));
        assert_eq!(failure_ttl(&failure, 7, &HIGH), minutes(1));
    }

    #[test]
    fn waits_end_before_the_token_does() {
        let cut = |wait, left| before_end(Duration::from_secs(wait), Duration::from_secs(left)).as_secs();
        assert_eq!([cut(60, 3600), cut(300, 345), cut(3600, 7200)], [60, 300, 3600]);
        assert_eq!([cut(300, 330), cut(3600, 330), cut(60, 90), cut(60, 40)], [150, 150, 30, 15]);
        // Nothing is at hand that could be of use.
        assert_eq!([cut(60, 30), cut(3600, 0)], [60, 3600]);
    }

    #[test]
    fn patience_leaves_room_for_a_second_exchange() {
        let budget = Duration::from_secs(8);
        assert_eq!([1, 2, 3].map(|made| patience(budget, made).unwrap().as_secs()), [3, 6, 12]);
        assert_eq!(patience(Duration::from_secs(1), 1), None);
    }
}
