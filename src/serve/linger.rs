//! Between SIGTERM and the drain: an application that was told to end at the same time may still need tokens for that.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::endpoint::Traffic;

/// When nothing was asked for so long, nobody is left who asks. Clients that were refused come back sooner than that: wisp
/// tells them to within ten seconds.
const QUIET: Duration = Duration::from_secs(10);

/// How often it is looked whether anything was asked. That is counted anyway; requests are none the slower for it.
const LOOK: Duration = Duration::from_millis(500);

/// Why it is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Over {
    /// Nobody asks any more.
    Quiet,
    /// It has been as long as it may be.
    Longest,
    /// Another signal came.
    Told,
}

impl Over {
    /// For the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "nobody asks any more",
            Self::Longest => "WISP_LINGER is over",
            Self::Told => "told again",
        }
    }
}

/// Waits until `traffic` shows that nobody asks any more, for `longest` at most.
pub(super) async fn linger(longest: Duration, traffic: impl Fn() -> Traffic) -> Over {
    let end = Instant::now() + longest;
    let mut seen = traffic();
    let mut quiet_since = Instant::now();
    loop {
        let now = Instant::now();
        if now >= end {
            return Over::Longest;
        }
        if now.saturating_duration_since(quiet_since) >= QUIET {
            return Over::Quiet;
        }
        sleep_until(end.min(now + LOOK)).await;
        let seen_now = traffic();
        if seen_now.waiting > 0 || seen_now != seen {
            quiet_since = Instant::now();
        }
        seen = seen_now;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use tokio::time::{Instant, sleep};

    use super::{LOOK, Over, QUIET, linger};
    use crate::endpoint::Traffic;

    const LONGEST: Duration = Duration::from_secs(60);

    /// Lingers while `change` changes what is asked; why that is over, and when.
    async fn lingered<F: Future<Output = ()>>(
        change: impl FnOnce(&'static Cell<Traffic>) -> F,
    ) -> (Over, Duration) {
        let traffic: &Cell<Traffic> = Box::leak(Box::default());
        let started = Instant::now();
        let asked = change(traffic);
        let lingering = async { (linger(LONGEST, || traffic.get()).await, started.elapsed()) };
        tokio::join!(lingering, asked).0
    }

    async fn ask(traffic: &Cell<Traffic>, times: u32, every: Duration) {
        for _ in 0..times {
            sleep(every).await;
            let Traffic { answered, waiting } = traffic.get();
            traffic.set(Traffic { answered: answered + 1, waiting });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_over_when_nobody_asks() {
        assert_eq!(lingered(async |_| {}).await, (Over::Quiet, QUIET));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_is_waited_for() {
        let every = Duration::from_secs(9);
        let (over, took) = lingered(|traffic| ask(traffic, 3, every)).await;
        assert_eq!(over, Over::Quiet);
        assert!(took >= 3 * every + QUIET && took <= 3 * every + QUIET + LOOK, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_waits_for_an_answer_is_not_quiet() {
        let busy = Duration::from_secs(30);
        let (over, took) = lingered(async |traffic: &'static Cell<Traffic>| {
            traffic.set(Traffic { answered: 0, waiting: 1 });
            sleep(busy).await;
            traffic.set(Traffic { answered: 0, waiting: 0 });
        })
        .await;
        assert_eq!(over, Over::Quiet);
        assert!(took + LOOK >= busy + QUIET && took <= busy + QUIET + LOOK, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_last_for_ever() {
        let (over, took) = lingered(|traffic| ask(traffic, 100, Duration::from_secs(1))).await;
        assert_eq!(over, Over::Longest);
        assert!(took >= LONGEST, "{took:?}");
    }
}
