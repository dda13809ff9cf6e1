//! How fast connections are accepted.
//!
//! Each one costs processor time, however soon it goes. Where others than this pod can connect, their flood must not take the
//! time that tokens need; what comes faster waits in the kernel, which costs wisp nothing.

use std::time::Duration;

use tokio::time::Instant;

/// A rate, and how many may come at once.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The time between two, on average.
    pub every: Duration,
    /// So many may come without a rest between them.
    pub at_once: u32,
}

/// Says when to rest.
#[derive(Debug)]
pub(super) struct Pacer {
    pace: Pace,
    /// When all that came would have come at the pace.
    due: Instant,
}

impl Pacer {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, due: Instant::now() }
    }

    /// Notes one. Until when there may be no other, if there is need to rest.
    pub(super) fn rest(&mut self) -> Option<Instant> {
        let now = Instant::now();
        self.due = self.due.max(now) + self.pace.every;
        let ahead = self.pace.every * self.pace.at_once;
        (self.due >= now + ahead).then(|| self.due - ahead + self.pace.every)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep_until};

    use super::{Pace, Pacer};

    #[tokio::test(start_paused = true)]
    async fn some_come_at_once_and_the_rest_at_the_pace() {
        let pace = Pace { every: Duration::from_millis(10), at_once: 4 };
        let mut pacer = Pacer::new(pace);
        let start = Instant::now();
        let mut times = Vec::new();
        for _ in 0..8 {
            times.push(start.elapsed().as_millis());
            if let Some(until) = pacer.rest() {
                sleep_until(until).await;
            }
        }
        assert_eq!(times, [0, 0, 0, 0, 10, 20, 30, 40]);
        // Quiet time is saved up to the same number.
        sleep_until(Instant::now() + Duration::from_secs(1)).await;
        assert_eq!([(); 4].map(|()| pacer.rest().is_some()), [false, false, false, true]);
    }
}
