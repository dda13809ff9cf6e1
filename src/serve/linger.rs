//! Between SIGTERM and the drain: an application that got SIGTERM at the same time may still need tokens for that.
//!
//! That nobody asks is no sign that nobody will: clients keep their tokens, and a hook may sleep before the application gets the signal
//! at all. A container cannot see whether the others of its pod have ended, so it stays as long as it may.

use std::time::Duration;

/// Why the linger ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LingerEnd {
    /// It has been as long as it may be.
    Timeout,
    /// Another signal came.
    Signal,
}

impl LingerEnd {
    /// For the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "WISP_LINGER is over",
            Self::Signal => "another signal",
        }
    }
}

/// Waits for `longest`, or until somebody wants the end at once.
pub(super) async fn linger(longest: Duration, signal: impl Future) -> LingerEnd {
    tokio::select! {
        _ = signal => LingerEnd::Signal,
        () = tokio::time::sleep(longest) => LingerEnd::Timeout,
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use tokio::time::{Instant, sleep};

    use super::{LingerEnd, linger};

    const LONGEST: Duration = Duration::from_secs(595);

    #[tokio::test(start_paused = true)]
    async fn silence_is_no_sign() {
        let started = Instant::now();
        assert_eq!(linger(LONGEST, pending::<()>()).await, LingerEnd::Timeout);
        let took = started.elapsed();
        assert!(took >= LONGEST && took < LONGEST + Duration::from_secs(1), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_wants_the_end_gets_it() {
        let after = Duration::from_secs(7);
        let started = Instant::now();
        assert_eq!(linger(LONGEST, sleep(after)).await, LingerEnd::Signal);
        let took = started.elapsed();
        assert!(took >= after && took < after + Duration::from_secs(1), "{took:?}");
    }
}
