//! How many lines about requests are written: a caller can cause any number of each kind.
//!
//! Each kind has a limit of its own, so that a flood of one does not hide the first line of another. What is left out is
//! counted, and written all the same where somebody asked for `debug`.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::reason::Reason;
use crate::{broker::Source, failure::Class};

/// Lines of one kind that are written at once.
const BURST: u32 = 20;

/// The time in which one more may be written.
const REFILL: Duration = Duration::from_secs(6);

/// A kind of line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// A request that was refused.
    Refused(Reason),
    /// A request that got no token.
    Failed(Class),
    /// A request that got a token from there.
    Granted(Source),
    /// Metadata that is not about identities.
    Metadata,
    /// Metadata that the node did not give.
    NoMetadata,
}

const CLASSES: usize = Class::ALL.len();
const SOURCES: usize = Source::ALL.len();
const LINES: usize = Reason::ALL.len() + CLASSES + SOURCES + 2;

impl Line {
    const fn index(self) -> usize {
        const FAILED: usize = Reason::ALL.len();
        const GRANTED: usize = FAILED + CLASSES;
        match self {
            Self::Refused(reason) => reason as usize,
            Self::Failed(class) => FAILED + class as usize,
            Self::Granted(source) => GRANTED + source as usize,
            Self::Metadata => LINES - 2,
            Self::NoMetadata => LINES - 1,
        }
    }
}

/// The limits of all kinds.
#[derive(Debug)]
pub(super) struct LogLimits {
    limits: Mutex<[Limit; LINES]>,
    suppressed: AtomicU64,
}

#[derive(Debug, Default)]
struct Limit {
    /// When all of [`BURST`] may be written again.
    whole: Option<Instant>,
    suppressed: u64,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { limits: Mutex::new(array::from_fn(|_| Limit::default())), suppressed: AtomicU64::new(0) }
    }
}

impl LogLimits {
    /// How many lines of the kind were left out since the last one, if one may be written now.
    pub(super) fn allow(&self, line: Line) -> Option<u64> {
        let now = Instant::now();
        let mut limits = self.limits.lock();
        let allowed = limits.get_mut(line.index())?.allow(now);
        if allowed.is_none() {
            self.suppressed.fetch_add(1, Ordering::Relaxed);
        }
        allowed
    }

    /// How many lines were left out since start.
    pub(super) fn suppressed(&self) -> u64 {
        self.suppressed.load(Ordering::Relaxed)
    }
}

impl Limit {
    fn allow(&mut self, now: Instant) -> Option<u64> {
        let whole = self.whole.map_or(now, |whole| whole.max(now));
        if whole.saturating_duration_since(now) > REFILL * (BURST - 1) {
            self.suppressed += 1;
            return None;
        }
        self.whole = Some(whole + REFILL);
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn every_line() -> Vec<Line> {
        let refused = Reason::ALL.iter().copied().map(Line::Refused);
        let failed = Class::ALL.into_iter().map(Line::Failed);
        let granted = Source::ALL.into_iter().map(Line::Granted);
        refused
            .chain(failed)
            .chain(granted)
            .chain([Line::Metadata, Line::NoMetadata])
            .collect()
    }

    #[test]
    fn every_kind_has_a_limit_of_its_own() {
        let indexes: BTreeSet<_> = every_line().into_iter().map(Line::index).collect();
        assert_eq!(indexes, (0..LINES).collect());
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_and_then_one_now_and_then_with_what_was_left_out() {
        let limits = LogLimits::default();
        let line = Line::Refused(Reason::Host);
        for _ in 0..BURST {
            assert_eq!(limits.allow(line), Some(0));
        }
        for _ in 0..1000 {
            assert_eq!(limits.allow(line), None);
        }
        assert_eq!(limits.allow(Line::Refused(Reason::Method)), Some(0), "not the limit of another kind");
        tokio::time::advance(REFILL).await;
        assert_eq!((limits.allow(line), limits.allow(line)), (Some(1000), None));
        assert_eq!(limits.suppressed(), 1001);
        tokio::time::advance(REFILL * 1000).await;
        let written = (0..1000).filter(|_| limits.allow(line).is_some());
        assert_eq!(written.count(), BURST as usize, "what was not used is not saved up");
    }
}
