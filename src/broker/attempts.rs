//! The exchanges of one task: one, another after a failure that may pass, and another beside one that hangs.
//!
//! Many clients never retry, so wisp does while somebody waits. An exchange that hangs is not ended at once, for Entra may only
//! be slow; the first that brings a token ends the others.

use std::{future::pending, sync::Arc};

use tokio::{
    task::JoinSet,
    time::{Duration, Instant},
};

use super::{core::Inner, failure_cache::Epoch, in_flight::Demand, schedule, turns::Turn};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
    failure::{Class, Failure},
    token::Token,
};

/// The exchanges of a task.
pub(super) struct Attempts<'a, E, C, R> {
    broker: &'a Arc<Inner<E, C, R>>,
    key: &'a Key,
    /// Whether the key is one that takes the turns of known keys.
    is_known: bool,
    demand: &'a Demand,
    tasks: JoinSet<Ended>,
    /// The numbers of those that have neither ended nor been given up.
    running: Vec<u32>,
    made: u32,
    latest: Instant,
}

/// An exchange that has ended.
struct Ended {
    number: u32,
    /// When it was begun, by the monotonic clock.
    requested: Instant,
    begun: Epoch,
    result: Result<Token, Failure>,
}

/// A failure, and the epoch in which its exchange began.
pub(super) type FailedExchange = (Failure, Epoch);

impl<'a, E: Exchange, C: Clock, R: Random> Attempts<'a, E, C, R> {
    pub(super) fn new(
        broker: &'a Arc<Inner<E, C, R>>,
        key: &'a Key,
        is_known: bool,
        demand: &'a Demand,
    ) -> Self {
        Self {
            broker,
            key,
            is_known,
            demand,
            tasks: JoinSet::new(),
            running: Vec::new(),
            made: 0,
            latest: Instant::now(),
        }
    }

    /// Exchanges until there is a token, or a failure that another exchange would not change in time; with a token, when it
    /// was asked for.
    pub(super) async fn run(mut self) -> Result<(Token, Instant), FailedExchange> {
        self.begin_in_turn().await?;
        loop {
            let hangs = hangs(self.latest, self.made, self.demand, self.broker.config.request_budget);
            let ended = tokio::select! {
                biased;
                Some(ended) = self.tasks.join_next() => ended,
                () = hangs => {
                    self.begin_another().await?;
                    continue;
                }
            };
            match ended {
                Ok(Ended { result: Ok(token), requested, .. }) => return Ok((token, requested)),
                Ok(Ended { number, result: Err(failure), begun, .. }) => {
                    if self.awaits_another(number, &failure) {
                        continue;
                    }
                    let Some(pause) = self.pause(&failure) else { return Err((failure, begun)) };
                    self.give_up();
                    tokio::time::sleep(pause).await;
                    self.begin_in_turn().await?;
                }
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                // One that was given up.
                Err(_) => {}
            }
        }
    }

    /// Takes note that an exchange has failed, and says whether another one may bring a token yet.
    fn awaits_another(&mut self, number: u32, failure: &Failure) -> bool {
        let before = self.running.len();
        self.running.retain(|other| *other != number);
        let was_given_up = self.running.len() == before;
        was_given_up || (failure.class == Class::Transient && !self.running.is_empty())
    }

    /// The pause before another exchange, if that may help and whoever waits will be there to have its token.
    fn pause(&self, failure: &Failure) -> Option<Duration> {
        let pause = schedule::retry_pause(failure, self.made - 1, &self.broker.random)?;
        let waited = self.demand.latest()?.elapsed();
        // Begun in the second half of the budget, it would hardly end in time.
        let is_in_time = waited + pause < self.broker.config.request_budget / 2;
        (is_in_time && self.made < schedule::MAX_ATTEMPTS).then_some(pause)
    }

    /// Begins another exchange beside those that hang, or in their place if there is no room beside them.
    async fn begin_another(&mut self) -> Result<(), FailedExchange> {
        if let Some(turn) = self.broker.turns.take_spare(self.is_known) {
            self.begin(turn);
            return Ok(());
        }
        // Others wait for these turns too, and come first.
        self.give_up();
        self.begin_in_turn().await
    }

    /// Gives up all that is under way.
    fn give_up(&mut self) {
        self.tasks.abort_all();
        self.running.clear();
    }

    async fn begin_in_turn(&mut self) -> Result<(), FailedExchange> {
        let turn = self.broker.turns.take(self.is_known).await;
        let turn = turn.map_err(|failure| (failure, self.broker.epoch()))?;
        self.begin(turn);
        Ok(())
    }

    fn begin(&mut self, turn: Turn) {
        let (broker, key) = (Arc::clone(self.broker), self.key.clone());
        let (number, requested, begun) = (self.made, Instant::now(), broker.epoch());
        self.tasks.spawn(async move {
            let result = broker.exchange.exchange(&key).await;
            drop(turn);
            Ended { number, requested, begun, result }
        });
        self.running.push(number);
        self.made += 1;
        self.latest = requested;
    }
}

/// Returns once the `latest` exchange has taken too long for somebody who waits with this budget.
async fn hangs(latest: Instant, made: u32, demand: &Demand, budget: Duration) {
    match schedule::patience(budget, made) {
        Some(patience) if made < schedule::MAX_ATTEMPTS => {
            tokio::time::sleep_until(latest + patience).await;
            demand.within(budget).await;
        }
        _ => pending().await,
    }
}
