//! Which connections there are, what each is doing, and which is evicted when there are too many.
//!
//! A connection without a request must not keep out one that has one: whoever may open connections could silence the
//! listener with a few hundred idle ones.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// How long a new connection is not evicted. A client on the same machine asks within a millisecond of
/// connecting; without this, a burst of clients would throw out its own members before they could speak. Whoever floods
/// the listener with silent connections has them all for so long, and others wait.
const GRACE: Duration = Duration::from_millis(20);

/// What a connection is asked to do.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Command {
    /// Nothing.
    None = 0,
    /// Close, unless a request has come in the meantime.
    Evict = 1,
    /// Answer once more at most: the next answer closes.
    CloseNext = 2,
    /// Close now, or after the answer to the request in progress.
    Close = 3,
}

/// One connection, as seen by those who decide about it.
#[derive(Debug)]
pub(super) struct ConnectionState {
    since: Instant,
    /// One step when a request begins and one when it is answered: odd while one is in progress.
    steps: AtomicU64,
    command: AtomicU8,
    notify: Notify,
}

impl ConnectionState {
    pub(super) fn step(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(super) fn is_in_request(&self) -> bool {
        self.steps() % 2 == 1
    }

    /// Waits for a command to look at.
    pub(super) async fn notified(&self) {
        self.notify.notified().await;
    }

    pub(super) fn command(&self) -> Command {
        match self.command.load(Ordering::Relaxed) {
            0 => Command::None,
            1 => Command::Evict,
            2 => Command::CloseNext,
            _ => Command::Close,
        }
    }

    /// Whether the next answer is the last one.
    pub(super) fn is_ending(&self) -> bool {
        self.command() >= Command::CloseNext
    }

    /// Declines to be evicted. The end cannot be declined.
    pub(super) fn decline(&self) {
        let (from, to) = (Command::Evict as u8, Command::None as u8);
        let _ = self
            .command
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn send(&self, command: Command) {
        self.command.store(command as u8, Ordering::Relaxed);
        self.notify.notify_one();
    }
}

/// Every connection of a set of listeners, in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct ConnectionStates {
    open: BTreeMap<u64, Arc<ConnectionState>>,
    next: u64,
}

impl ConnectionStates {
    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// A state for a new connection, and the number to remove it by.
    pub(super) fn add(&mut self) -> (u64, Arc<ConnectionState>) {
        let state = Arc::new(ConnectionState {
            since: Instant::now(),
            steps: AtomicU64::new(0),
            command: AtomicU8::new(Command::None as u8),
            notify: Notify::new(),
        });
        let number = self.next;
        self.next += 1;
        self.open.insert(number, Arc::clone(&state));
        (number, state)
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// Removes the states whose connections ended without a word.
    pub(super) fn remove_lost(&mut self) {
        self.open.retain(|_, state| Arc::strong_count(state) > 1);
    }

    /// Asks the oldest connection that has no request in progress to close: one that was answered before, else one that
    /// has not asked yet. One at a time; it may decline.
    pub(super) fn evict_one(&self) {
        let mut states = self.open.values();
        if states.any(|state| state.command() != Command::None) {
            return;
        }
        let now = Instant::now();
        let victim = self
            .open
            .values()
            .filter(|state| !state.is_in_request())
            .filter(|state| state.steps() > 0 || now.saturating_duration_since(state.since) >= GRACE)
            // The first of the least, and the states are in order of age.
            .min_by_key(|state| state.steps() == 0);
        if let Some(state) = victim {
            state.send(Command::Evict);
        }
    }

    /// Has the next answer of each be its last.
    pub(super) fn close_next(&self) {
        self.send_all(Command::CloseNext);
    }

    /// Asks all of them to close, those with a request in progress after its answer.
    pub(super) fn close(&self) {
        self.send_all(Command::Close);
    }

    /// How many requests have begun and how many have been answered, added up; none while one is in progress.
    pub(super) fn steps_at_rest(&self) -> Option<u64> {
        let mut steps = self.open.values().map(|state| state.steps());
        steps.try_fold(0, |sum, steps| (steps % 2 == 0).then_some(sum + steps))
    }

    fn send_all(&self, command: Command) {
        for state in self.open.values() {
            state.send(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Command, ConnectionState, ConnectionStates, GRACE};

    fn commanded(states: &[Arc<ConnectionState>]) -> Vec<usize> {
        let is_free = |state: &Arc<ConnectionState>| state.command() == Command::None;
        (0..states.len())
            .filter(|n| !is_free(&states[*n]))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_without_a_request_is_evicted() {
        let mut states = ConnectionStates::default();
        let open: Vec<_> = (0..4).map(|_| states.add().1).collect();
        // Nobody has asked yet, and all may still.
        states.evict_one();
        assert!(commanded(&open).is_empty());
        // The first is busy, the third has been answered.
        open[0].step(1);
        open[2].step(2);
        states.evict_one();
        states.evict_one();
        assert_eq!(commanded(&open), [2], "one at a time");
        open[2].step(1);
        open[2].decline();
        states.evict_one();
        assert!(commanded(&open).is_empty());
        tokio::time::advance(GRACE).await;
        states.evict_one();
        assert_eq!(commanded(&open), [1]);
        states.close_next();
        open[1].decline();
        assert_eq!(commanded(&open), [0, 1, 2, 3], "the end cannot be declined");
    }

    #[tokio::test(start_paused = true)]
    async fn states_are_removed() {
        let mut states = ConnectionStates::default();
        let (number, state) = states.add();
        let (_, lost) = states.add();
        states.remove(number);
        assert_eq!(states.count(), 1);
        drop((state, lost));
        states.remove_lost();
        assert_eq!(states.count(), 0);
    }
}
