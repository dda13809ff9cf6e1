//! A limit for a log line that anyone can cause.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The least time between two such lines. Whoever reads the log needs one to know; a client must not be able to fill it.
const APART: Duration = Duration::from_secs(60);

/// Allows the line once in a while.
#[derive(Debug, Default)]
pub(crate) struct LogLimiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl LogLimiter {
    /// How many were left out since the last line, if one may be written now.
    pub(crate) fn allow(&self) -> Option<u64> {
        let mut state = self.0.lock();
        if state.last.is_some_and(|last| last.elapsed() < APART) {
            state.suppressed += 1;
            return None;
        }
        state.last = Some(Instant::now());
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::{APART, LogLimiter};

    #[tokio::test(start_paused = true)]
    async fn once_in_a_while_and_says_how_many_were_left_out() {
        let limiter = LogLimiter::default();
        assert_eq!((limiter.allow(), limiter.allow(), limiter.allow()), (Some(0), None, None));
        tokio::time::advance(APART).await;
        assert_eq!((limiter.allow(), limiter.allow()), (Some(2), None));
    }
}
