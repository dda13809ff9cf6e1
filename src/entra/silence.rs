//! Silence of DNS told from a connection that takes too long: one limit holds for both.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use reqwest::dns::{Name, Resolve, Resolving};

/// Asks the resolver within, and counts look-ups that were given up without an answer.
#[derive(Clone)]
pub(super) struct Watched {
    within: Arc<dyn Resolve>,
    given_up: Arc<AtomicUsize>,
}

impl Watched {
    /// Asks `within`.
    pub(super) fn new(within: Arc<dyn Resolve>) -> Self {
        Self { within, given_up: Arc::default() }
    }

    /// How many look-ups were given up so far.
    pub(super) fn given_up(&self) -> usize {
        self.given_up.load(Ordering::Relaxed)
    }
}

impl Resolve for Watched {
    fn resolve(&self, name: Name) -> Resolving {
        let waiting = Waiting { given_up: Arc::clone(&self.given_up), answered: false };
        let look_up = self.within.resolve(name);
        Box::pin(async move {
            // All of it: a field alone would leave the rest behind, and be dropped at once.
            let mut waiting = waiting;
            let found = look_up.await;
            waiting.answered = true;
            found
        })
    }
}

/// A look-up under way. Dropped without an answer, it was given up.
struct Waiting {
    given_up: Arc<AtomicUsize>,
    answered: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            self.given_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}
