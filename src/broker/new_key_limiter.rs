//! How fast keys that have no token may reach Entra.
//!
//! The caller chooses `resource`. Whoever invents resources must not be able to make wisp hammer Entra, which answers by
//! throttling the whole tenant. Keys that hold a token are not counted: their refreshes are few.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// A token bucket: a burst, then a steady rate.
pub(super) struct NewKeyLimiter {
    burst: f64,
    per_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl NewKeyLimiter {
    pub(super) fn new(burst: u32, per_minute: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self { burst, per_second: f64::from(per_minute.max(1)) / 60.0, state: Mutex::new((burst, now)) }
    }

    /// Takes one place, or says how long until there is one.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.state.lock();
        let refilled = state.0 + now.saturating_duration_since(state.1).as_secs_f64() * self.per_second;
        *state = (refilled.min(self.burst), now);
        if state.0 < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - state.0) / self.per_second));
        }
        state.0 -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_a_steady_rate() {
        let limiter = NewKeyLimiter::new(2, 60, Instant::now());
        assert_eq!(limiter.admit(Instant::now()), Ok(()));
        assert_eq!(limiter.admit(Instant::now()), Ok(()));
        assert_eq!(limiter.admit(Instant::now()), Err(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_millis(1001)).await;
        assert_eq!(limiter.admit(Instant::now()), Ok(()));
        assert!(limiter.admit(Instant::now()).is_err());
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!((0..2).all(|_| limiter.admit(Instant::now()).is_ok()));
        assert!(limiter.admit(Instant::now()).is_err(), "the bucket holds no more than its burst");
    }
}
