//! One exchange per key at a time, shared by everyone who waits for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::held::Held;
use crate::{exchange::Key, failure::Failure};

/// What a flight brings home.
pub(super) type Outcome = Result<Arc<Held>, Failure>;

/// The flights under way.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Ticket>>);

/// A seat on a flight. Dropping it cancels nothing.
#[derive(Clone)]
pub(super) struct Ticket(watch::Receiver<Option<Outcome>>);

/// The duty to land a flight. Dropped without landing, the waiters are told that it was lost.
pub(super) struct Landing<'a> {
    flights: &'a Flights,
    key: Key,
    outcome: watch::Sender<Option<Outcome>>,
}

/// Boarding a flight: one that is under way, or a new one that somebody has to fly.
pub(super) enum Boarding {
    Joined(Ticket),
    New(Ticket, watch::Sender<Option<Outcome>>),
    /// Too many flights are under way.
    Full,
}

/// Flights under way at once. Entra sees fewer: the exchange has a limit of its own.
const MAX_FLIGHTS: usize = 64;

impl Flights {
    /// A seat on the flight for `key`; a new flight must be flown with [`Flights::landing`].
    pub(super) fn board(&self, key: &Key) -> Boarding {
        let mut flights = self.lock();
        if let Some(ticket) = flights.get(key) {
            return Boarding::Joined(ticket.clone());
        }
        if flights.len() >= MAX_FLIGHTS {
            return Boarding::Full;
        }
        let (sender, receiver) = watch::channel(None);
        let ticket = Ticket(receiver);
        flights.insert(key.clone(), ticket.clone());
        Boarding::New(ticket, sender)
    }

    /// Whether a flight for `key` is under way.
    pub(super) fn aloft(&self, key: &Key) -> bool {
        self.lock().contains_key(key)
    }

    pub(super) fn landing(&self, key: Key, outcome: watch::Sender<Option<Outcome>>) -> Landing<'_> {
        Landing { flights: self, key, outcome }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Ticket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Landing<'_> {
    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// Tells everyone who waits.
    pub(super) fn land(self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

impl Ticket {
    /// Waits for the flight to land; `None` if it was lost.
    pub(super) async fn wait(mut self) -> Option<Outcome> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}
