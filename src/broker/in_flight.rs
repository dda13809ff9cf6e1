//! One exchange per key at a time, shared by everyone who waits for it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::{Mutex, MutexGuard};
use tokio::{
    sync::watch,
    time::{Duration, Instant},
};

use super::cached_token::CachedToken;
use crate::{exchange::Key, failure::Failure};

/// What an exchange ends with.
pub(super) type Outcome = Result<Arc<CachedToken>, Failure>;

/// The exchanges under way.
#[derive(Default)]
pub(super) struct InFlight(Mutex<HashMap<Key, SharedExchange>>);

/// Waits for an exchange. Dropping it cancels nothing.
#[derive(Clone)]
pub(super) struct Waiter(watch::Receiver<Option<Outcome>>);

/// Since when somebody waits for an exchange: when the last waiter joined. Some exchanges begin without one.
#[derive(Clone)]
pub(super) struct Demand(Arc<watch::Sender<Option<Instant>>>);

/// The duty to complete an exchange. Dropped before that, it tells the waiters that the exchange was lost.
pub(super) struct Completion<'a> {
    in_flight: &'a InFlight,
    task: ExchangeTask,
}

/// An exchange that somebody has to run.
pub(super) struct ExchangeTask {
    pub(super) key: Key,
    /// Whether the key is known: listed by an operator, or one that has had a token.
    pub(super) is_known: bool,
    pub(super) demand: Demand,
    outcome: watch::Sender<Option<Outcome>>,
}

/// An exchange that is under way.
struct SharedExchange {
    waiter: Waiter,
    demand: Demand,
    is_known: bool,
}

/// What a request joins: an exchange that is under way, or a new one.
pub(super) enum Join {
    Joined(Waiter),
    New(Waiter, ExchangeTask),
    /// Too many exchanges are under way.
    Full,
}

/// Keys with an exchange under way, and how many of them may be unknown ones. Entra sees fewer at once: exchanges take turns.
const MAX_IN_FLIGHT: usize = 64;
const MAX_OTHERS: usize = 48;

impl InFlight {
    /// Joins the exchange for `key`, as somebody who waits or not; a new one must be completed by [`InFlight::completion`].
    pub(super) fn join(&self, key: &Key, is_known: bool, waits: bool) -> Join {
        let mut in_flight = self.lock();
        if let Some(exchange) = in_flight.get(key) {
            if waits {
                exchange.demand.mark();
            }
            return Join::Joined(exchange.waiter.clone());
        }
        let others = || {
            in_flight
                .values()
                .filter(|exchange| !exchange.is_known)
                .count()
        };
        if in_flight.len() >= MAX_IN_FLIGHT || (!is_known && others() >= MAX_OTHERS) {
            return Join::Full;
        }
        let (outcome, receiver) = watch::channel(None);
        let (waiter, demand) = (Waiter(receiver), Demand::new(waits));
        let exchange = SharedExchange { waiter: waiter.clone(), demand: demand.clone(), is_known };
        in_flight.insert(key.clone(), exchange);
        Join::New(waiter, ExchangeTask { key: key.clone(), is_known, demand, outcome })
    }

    /// Whether an exchange for `key` is under way.
    pub(super) fn contains(&self, key: &Key) -> bool {
        self.lock().contains_key(key)
    }

    pub(super) fn completion(&self, task: ExchangeTask) -> Completion<'_> {
        Completion { in_flight: self, task }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, SharedExchange>> {
        self.0.lock()
    }
}

impl Completion<'_> {
    pub(super) fn task(&self) -> &ExchangeTask {
        &self.task
    }

    /// Tells everyone who waits.
    pub(super) fn complete(self, outcome: Outcome) {
        self.task.outcome.send_replace(Some(outcome));
    }
}

impl Drop for Completion<'_> {
    fn drop(&mut self) {
        self.in_flight.lock().remove(&self.task.key);
    }
}

impl Demand {
    fn new(waits: bool) -> Self {
        Self(Arc::new(watch::Sender::new(waits.then(Instant::now))))
    }

    fn mark(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    /// When the last waiter joined.
    pub(super) fn latest(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    /// Returns as soon as somebody waits who joined within this time.
    pub(super) async fn within(&self, budget: Duration) {
        let mut demand = self.0.subscribe();
        // Its sender is this one, so this does not fail.
        let _ = demand
            .wait_for(|latest| latest.is_some_and(|at| at.elapsed() < budget))
            .await;
    }
}

impl Waiter {
    /// Waits for the exchange to complete; `None` if it was lost.
    pub(super) async fn wait(mut self) -> Option<Outcome> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}
