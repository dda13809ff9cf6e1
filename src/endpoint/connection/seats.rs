//! Who is connected, what each is doing, and who goes when there is no room.
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

/// How long a new connection has its seat for certain. A client on the same machine asks within a millisecond of
/// connecting; without this, a burst of clients would throw out its own members before they could speak. Whoever floods
/// the listener with silent connections has them all for so long, and others wait.
const GRACE: Duration = Duration::from_millis(20);

/// What a connection is asked to do.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Wish {
    /// Nothing.
    Stay = 0,
    /// Close, unless a request has come in the meantime.
    MakeRoom = 1,
    /// Answer once more at most: the next answer closes.
    End = 2,
    /// Close now, or after the answer to the request in progress.
    Leave = 3,
}

/// One connection, as seen by those who decide about it.
#[derive(Debug)]
pub(super) struct Seat {
    since: Instant,
    /// One step when a request begins and one when it is answered: odd while one is in progress.
    steps: AtomicU64,
    wish: AtomicU8,
    told: Notify,
}

impl Seat {
    pub(super) fn step(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(super) fn is_in_request(&self) -> bool {
        self.steps() % 2 == 1
    }

    /// Waits until there is a wish to look at.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    pub(super) fn wish(&self) -> Wish {
        match self.wish.load(Ordering::Relaxed) {
            0 => Wish::Stay,
            1 => Wish::MakeRoom,
            2 => Wish::End,
            _ => Wish::Leave,
        }
    }

    /// Whether the next answer is the last one.
    pub(super) fn is_ending(&self) -> bool {
        self.wish() >= Wish::End
    }

    /// Declines to make room. The end cannot be declined.
    pub(super) fn stay(&self) {
        let (from, to) = (Wish::MakeRoom as u8, Wish::Stay as u8);
        let _ = self
            .wish
            .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn tell(&self, wish: Wish) {
        self.wish.store(wish as u8, Ordering::Relaxed);
        self.told.notify_one();
    }
}

/// Every connection of a set of listeners, in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct Seats {
    taken: BTreeMap<u64, Arc<Seat>>,
    next: u64,
}

impl Seats {
    pub(super) fn count(&self) -> usize {
        self.taken.len()
    }

    /// A seat for a new connection, and the number to give it back by.
    pub(super) fn take(&mut self) -> (u64, Arc<Seat>) {
        let seat = Arc::new(Seat {
            since: Instant::now(),
            steps: AtomicU64::new(0),
            wish: AtomicU8::new(Wish::Stay as u8),
            told: Notify::new(),
        });
        let number = self.next;
        self.next += 1;
        self.taken.insert(number, Arc::clone(&seat));
        (number, seat)
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.taken.remove(&number);
    }

    /// Gives back the seats whose connections ended without a word.
    pub(super) fn give_back_lost(&mut self) {
        self.taken.retain(|_, seat| Arc::strong_count(seat) > 1);
    }

    /// Asks the oldest connection that has no request in progress to close: one that was answered before, else one that
    /// has not asked yet. One at a time; it may decline.
    pub(super) fn make_room(&self) {
        let mut seats = self.taken.values();
        if seats.any(|seat| seat.wish() != Wish::Stay) {
            return;
        }
        let now = Instant::now();
        let victim = self
            .taken
            .values()
            .filter(|seat| !seat.is_in_request())
            .filter(|seat| seat.steps() > 0 || now.saturating_duration_since(seat.since) >= GRACE)
            // The first of the least, and the seats are in order of age.
            .min_by_key(|seat| seat.steps() == 0);
        if let Some(seat) = victim {
            seat.tell(Wish::MakeRoom);
        }
    }

    /// Has the next answer of each be its last.
    pub(super) fn end(&self) {
        self.tell_all(Wish::End);
    }

    /// Asks all of them to close, those with a request in progress after its answer.
    pub(super) fn leave(&self) {
        self.tell_all(Wish::Leave);
    }

    /// How many requests have begun and how many have been answered, added up; none while one is in progress.
    pub(super) fn steps_at_rest(&self) -> Option<u64> {
        let mut steps = self.taken.values().map(|seat| seat.steps());
        steps.try_fold(0, |sum, steps| (steps % 2 == 0).then_some(sum + steps))
    }

    fn tell_all(&self, wish: Wish) {
        for seat in self.taken.values() {
            seat.tell(wish);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{GRACE, Seat, Seats, Wish};

    fn told(seats: &[Arc<Seat>]) -> Vec<usize> {
        let stays = |seat: &Arc<Seat>| seat.wish() == Wish::Stay;
        (0..seats.len()).filter(|n| !stays(&seats[*n])).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_without_a_request_makes_room() {
        let mut seats = Seats::default();
        let taken: Vec<_> = (0..4).map(|_| seats.take().1).collect();
        // Nobody has asked yet, and all may still.
        seats.make_room();
        assert!(told(&taken).is_empty());
        // The first is busy, the third has been answered.
        taken[0].step(1);
        taken[2].step(2);
        seats.make_room();
        seats.make_room();
        assert_eq!(told(&taken), [2], "one at a time");
        taken[2].step(1);
        taken[2].stay();
        seats.make_room();
        assert!(told(&taken).is_empty());
        tokio::time::advance(GRACE).await;
        seats.make_room();
        assert_eq!(told(&taken), [1]);
        seats.end();
        taken[1].stay();
        assert_eq!(told(&taken), [0, 1, 2, 3], "the end cannot be declined");
    }

    #[tokio::test(start_paused = true)]
    async fn seats_come_back() {
        let mut seats = Seats::default();
        let (number, seat) = seats.take();
        let (_, lost) = seats.take();
        seats.give_back(number);
        assert_eq!(seats.count(), 1);
        drop((seat, lost));
        seats.give_back_lost();
        assert_eq!(seats.count(), 0);
    }
}
