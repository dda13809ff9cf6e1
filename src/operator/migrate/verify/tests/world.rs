//! What is around a verification: a clock that is told, and an Entra of which all is noted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use crate::{
    assertion::Assertion,
    clock::{Clock, Random, UnixTime},
    entra::Entra,
    exchange::Key,
    failure::Failure,
    operator::{
        cluster::fake::EPOCH,
        migrate::verify::{Outside, Time, world::Fetched},
    },
    token::Token,
};

/// A clock that moves when it is told to. Clones share it, and each may be off by some seconds.
#[derive(Clone)]
pub(super) struct Manual {
    pub(super) seconds: Arc<AtomicU64>,
    pub(super) off: i64,
    pub(super) bits: Arc<AtomicU64>,
}

impl Manual {
    pub(super) fn new() -> Self {
        Self { seconds: Arc::new(AtomicU64::new(EPOCH)), off: 0, bits: Arc::default() }
    }

    pub(super) fn off(&self, off: i64) -> Self {
        Self { off, ..self.clone() }
    }
}

impl Clock for Manual {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(
            self.seconds
                .load(Ordering::Relaxed)
                .saturating_add_signed(self.off),
        )
    }
}

impl Random for Manual {
    fn bits(&self) -> u64 {
        self.bits.fetch_add(1 << 32, Ordering::Relaxed)
    }
}

impl Time for Manual {
    async fn pause(&self, duration: Duration) {
        self.seconds
            .fetch_add(duration.as_secs(), Ordering::Relaxed);
    }
}

/// Entra, and what was presented to it and given by it: no output may have any of that.
pub(super) struct Recorded {
    pub(super) entra: Entra<Manual, Manual>,
    pub(super) seen: Mutex<Vec<String>>,
    /// What was read.
    pub(super) fetched: Mutex<Vec<String>>,
}

impl Outside for Recorded {
    async fn exchange(&self, key: &Key, assertion: &Assertion) -> Result<Token, Failure> {
        self.seen.lock().push(assertion.secret.expose().to_owned());
        let answer = self.entra.exchange_with(key, assertion).await?;
        self.seen.lock().push(answer.secret.expose().to_owned());
        Ok(answer)
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, String> {
        self.fetched.lock().push(url.to_owned());
        self.entra.fetch(url).await
    }
}
