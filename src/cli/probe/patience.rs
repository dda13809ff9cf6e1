//! The question again, while the answer is no.

use std::time::Duration;

use tokio::time::Instant;

use super::ask::BUDGET;
use crate::settings::show_duration;

/// The time between two attempts with `--wait`: about what a start takes, and little to wait for.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks until the answer is yes, or once `wait` is over. The question is given its deadline.
pub(super) fn patiently(
    wait: Duration,
    mut ask: impl FnMut(Instant) -> Result<(), String>,
    mut rest: impl FnMut(Duration),
    now: impl Fn() -> Instant,
) -> Result<(), String> {
    let end = now() + wait;
    loop {
        let reason = match ask(now() + BUDGET) {
            Ok(()) => return Ok(()),
            Err(reason) if wait.is_zero() => return Err(reason),
            Err(reason) => reason,
        };
        if now() + PAUSE > end {
            return Err(format!("gave up after {}: {reason}", show_duration(wait)));
        }
        rest(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use tokio::time::Instant;

    use super::patiently;

    /// Asks a wisp that starts after `starts` and takes `slowly` for each answer; the result, how often it was asked, and
    /// when that was over.
    fn waited(wait: Duration, starts: Duration, slowly: Duration) -> (Result<(), String>, u32, Duration) {
        let start = Instant::now();
        let (clock, asked) = (Cell::new(start), Cell::new(0));
        let pass = |time: Duration| clock.set(clock.get() + time);
        let ask = |_| {
            asked.set(asked.get() + 1);
            pass(slowly);
            if clock.get() - start >= starts { Ok(()) } else { Err("nobody is there".to_owned()) }
        };
        let result = patiently(wait, ask, pass, || clock.get());
        (result, asked.get(), clock.get() - start)
    }

    #[test]
    fn waiting_asks_again() {
        let (none, second, minute) = (Duration::ZERO, Duration::from_secs(1), Duration::from_secs(60));
        assert_eq!(waited(none, none, none), (Ok(()), 1, none));
        assert_eq!(waited(none, second, none), (Err("nobody is there".into()), 1, none));
        assert_eq!(waited(minute, second, none), (Ok(()), 11, second));
        let (result, asked, took) = waited(minute, 2 * minute, none);
        insta::assert_snapshot!(result.unwrap_err(), @"gave up after 1m: nobody is there");
        assert!(asked == 601 && took == minute, "{asked} times in {took:?}");
        let (_, asked, took) = waited(second, minute, Duration::from_millis(900));
        assert!(asked == 2 && took < 2 * second, "{asked} times in {took:?}");
    }
}
