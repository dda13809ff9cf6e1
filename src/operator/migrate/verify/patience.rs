//! Waiting for what may still spread through Entra.

use std::time::Duration;

use super::world::Time;
use crate::failure::{Class, Failure};

/// The first pause; each is twice as long as the one before.
const FIRST: Duration = Duration::from_secs(2);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// How long may still be waited, for all that is asked together.
#[derive(Debug)]
pub(super) struct Patience {
    left: Duration,
}

impl Patience {
    /// So long in all. What asking itself takes does not count.
    pub(super) const fn new(left: Duration) -> Self {
        Self { left }
    }

    /// Asks until the answer is one that stays, or nothing is left. Gives it with the seconds that were waited.
    pub(super) async fn until<T>(
        &mut self,
        time: &impl Time,
        mut ask: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> (Result<T, Failure>, u64) {
        let (mut pause, mut waited) = (FIRST, Duration::ZERO);
        loop {
            let answer = ask().await;
            let needed = match &answer {
                Err(failure) if may_pass(failure) => failure.retry_after.unwrap_or_default().max(pause),
                _ => return (answer, waited.as_secs()),
            };
            // A wait that Entra asks for and that is not to be had is no wait at all.
            let asked_for = answer
                .as_ref()
                .err()
                .and_then(|failure| failure.retry_after);
            if self.left.is_zero() || asked_for.is_some_and(|wait| wait > self.left) {
                return (answer, waited.as_secs());
            }
            let next = needed.min(self.left);
            time.pause(next).await;
            self.left -= next;
            waited += next;
            pause = (pause * 2).min(LONGEST);
        }
    }
}

/// Whether a failure may be gone the next time. A token outside its time may come into it, unless a clock is far off.
fn may_pass(failure: &Failure) -> bool {
    match failure.class {
        Class::Propagation | Class::Throttled | Class::Transient | Class::Assertion => true,
        Class::Permanent => false,
    }
}
