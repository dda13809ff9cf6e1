//! One exchange per key at a time, shared by everyone who waits for it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::{Mutex, MutexGuard};
use tokio::{
    sync::watch,
    time::{Duration, Instant},
};

use super::held::Held;
use crate::{exchange::Key, failure::Failure};

/// What a flight brings home.
pub(super) type Outcome = Result<Arc<Held>, Failure>;

/// The flights under way.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Aloft>>);

/// A seat on a flight. Dropping it cancels nothing.
#[derive(Clone)]
pub(super) struct Ticket(watch::Receiver<Option<Outcome>>);

/// Since when somebody waits for a flight: when the last one boarded who does. Some flights begin without.
#[derive(Clone)]
pub(super) struct Wanted(Arc<watch::Sender<Option<Instant>>>);

/// The duty to land a flight. Dropped without landing, the waiters are told that it was lost.
pub(super) struct Landing<'a> {
    flights: &'a Flights,
    flight: NewFlight,
}

/// A flight that somebody has to fly.
pub(super) struct NewFlight {
    pub(super) key: Key,
    /// Whether the key is known: listed by an operator, or one that has had a token.
    pub(super) is_known: bool,
    pub(super) wanted: Wanted,
    outcome: watch::Sender<Option<Outcome>>,
}

/// A flight that is under way.
struct Aloft {
    ticket: Ticket,
    wanted: Wanted,
    is_known: bool,
}

/// Boarding a flight: one that is under way, or a new one.
pub(super) enum Boarding {
    Joined(Ticket),
    New(Ticket, NewFlight),
    /// Too many flights are under way.
    Full,
}

/// Flights under way at once, and how many of them may be for keys that are not known. Entra sees fewer: exchanges take turns.
const MAX_FLIGHTS: usize = 64;
const MAX_OTHERS: usize = 48;

impl Flights {
    /// A seat on the flight for `key`, for somebody who waits or not; a new flight must be flown with [`Flights::landing`].
    pub(super) fn board(&self, key: &Key, is_known: bool, waits: bool) -> Boarding {
        let mut flights = self.lock();
        if let Some(aloft) = flights.get(key) {
            if waits {
                aloft.wanted.mark();
            }
            return Boarding::Joined(aloft.ticket.clone());
        }
        let others = || flights.values().filter(|aloft| !aloft.is_known).count();
        if flights.len() >= MAX_FLIGHTS || (!is_known && others() >= MAX_OTHERS) {
            return Boarding::Full;
        }
        let (outcome, receiver) = watch::channel(None);
        let (ticket, wanted) = (Ticket(receiver), Wanted::new(waits));
        let aloft = Aloft { ticket: ticket.clone(), wanted: wanted.clone(), is_known };
        flights.insert(key.clone(), aloft);
        Boarding::New(ticket, NewFlight { key: key.clone(), is_known, wanted, outcome })
    }

    /// Whether a flight for `key` is under way.
    pub(super) fn aloft(&self, key: &Key) -> bool {
        self.lock().contains_key(key)
    }

    pub(super) fn landing(&self, flight: NewFlight) -> Landing<'_> {
        Landing { flights: self, flight }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Aloft>> {
        self.0.lock()
    }
}

impl Landing<'_> {
    pub(super) fn flight(&self) -> &NewFlight {
        &self.flight
    }

    /// Tells everyone who waits.
    pub(super) fn land(self, outcome: Outcome) {
        self.flight.outcome.send_replace(Some(outcome));
    }
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.flight.key);
    }
}

impl Wanted {
    fn new(waits: bool) -> Self {
        Self(Arc::new(watch::Sender::new(waits.then(Instant::now))))
    }

    fn mark(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    /// When the last one boarded who waits.
    pub(super) fn latest(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    /// Returns as soon as somebody waits who has boarded within this time.
    pub(super) async fn within(&self, budget: Duration) {
        let mut wanted = self.0.subscribe();
        // Its sender is this one, so this does not fail.
        let _ = wanted
            .wait_for(|latest| latest.is_some_and(|at| at.elapsed() < budget))
            .await;
    }
}

impl Ticket {
    /// Waits for the flight to land; `None` if it was lost.
    pub(super) async fn wait(mut self) -> Option<Outcome> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}
