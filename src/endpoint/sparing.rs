//! A log line that anyone can cause, written sparingly.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The least time between two such lines. Whoever reads the log needs one to know; a client must not be able to fill it.
const APART: Duration = Duration::from_secs(60);

/// Says when the line may be written again.
#[derive(Debug, Default)]
pub(super) struct Sparing(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    unsaid: u64,
}

impl Sparing {
    /// How many were left out since the last line, if one may be written now.
    pub(super) fn say(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| last.elapsed() < APART) {
            state.unsaid += 1;
            return None;
        }
        state.last = Some(Instant::now());
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::{APART, Sparing};

    #[tokio::test(start_paused = true)]
    async fn once_in_a_while_and_says_how_many_were_left_out() {
        let sparing = Sparing::default();
        assert_eq!((sparing.say(), sparing.say(), sparing.say()), (Some(0), None, None));
        tokio::time::advance(APART).await;
        assert_eq!((sparing.say(), sparing.say()), (Some(2), None));
    }
}
