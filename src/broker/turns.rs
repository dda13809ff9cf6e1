//! How many exchanges are under way at once, and who waits for whom.
//!
//! A pod needs a handful of tokens; a rollout of many pods must not become many times that many requests. Known keys, those that
//! an operator listed and those that have a token, have turns of their own: what a caller invents never keeps them waiting.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{errors, schedule};
use crate::failure::Failure;

/// Exchanges under way at once for known keys, and as many for others.
pub(super) const AT_ONCE: usize = 4;

/// The turns of one process.
pub(super) struct Turns {
    known: Arc<Semaphore>,
    others: Arc<Semaphore>,
}

/// The right to make an exchange, until it is dropped.
pub(super) type Turn = OwnedSemaphorePermit;

impl Turns {
    pub(super) fn new() -> Self {
        let turns = || Arc::new(Semaphore::new(AT_ONCE));
        Self { known: turns(), others: turns() }
    }

    /// Waits for a turn, as long as an exchange may take.
    pub(super) async fn take(&self, is_known: bool) -> Result<Turn, Failure> {
        let turn = Arc::clone(self.of(is_known)).acquire_owned();
        match timeout(schedule::WAIT_FOR_TURN, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            // The semaphores are never closed, so only time can run out.
            Ok(Err(_)) | Err(_) => Err(errors::no_turn(AT_ONCE)),
        }
    }

    /// A turn that nobody misses, if there is one: never the last, which is for whoever comes next.
    pub(super) fn take_spare(&self, is_known: bool) -> Option<Turn> {
        let turns = self.of(is_known);
        (turns.available_permits() > 1).then(|| Arc::clone(turns).try_acquire_owned().ok())?
    }

    fn of(&self, is_known: bool) -> &Arc<Semaphore> {
        if is_known { &self.known } else { &self.others }
    }
}
