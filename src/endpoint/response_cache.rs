//! Answers rendered within the present second, so that a burst of equal requests costs one rendering.
//!
//! An answer is reused only for the very same request target and only until the wall clock's second changes, so
//! everything the full path checks is checked at least once a second. The guard is not skipped for it. A clock that is set
//! back comes to the same second again, so an answer is no older than a second by the monotonic clock either.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio::time::{Duration, Instant};

use super::dialect::Dialect;

/// How many answers are kept. A pod asks for a handful of resources.
const MAX_ENTRIES: usize = 64;

/// The longest target kept, in bytes; with [`MAX_BODY`] it bounds the memory to about 1 MiB, in practice 150 KiB.
const MAX_TARGET: usize = 1024;

/// The longest body kept, in bytes. Tokens with many group claims reach a few KiB.
const MAX_BODY: usize = 16 * 1024;

/// The oldest answer given again, by the monotonic clock.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The answers of this second.
#[derive(Default)]
pub(super) struct ResponseCache {
    entries: Mutex<Vec<Entry>>,
    generation: AtomicU64,
}

struct Entry {
    target: Box<str>,
    second: u64,
    rendered: Instant,
    dialect: &'static dyn Dialect,
    body: Bytes,
}

/// Which configuration an answer was made under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Generation(u64);

impl ResponseCache {
    /// The answer to `target`, if it was rendered in this `second`.
    pub(super) fn get(&self, target: &str, second: u64) -> Option<(&'static dyn Dialect, Bytes)> {
        // A handful of entries, told apart by length: looking at each is cheaper than hashing the target.
        self.lock()
            .iter()
            .find(|e| *e.target == *target)
            .filter(|e| e.second == second && e.rendered.elapsed() < MAX_AGE)
            .map(|e| (e.dialect, e.body.clone()))
    }

    /// Keeps `body` for the rest of `second`, unless the configuration changed since `generation` was taken.
    pub(super) fn put(
        &self,
        generation: Generation,
        target: &str,
        second: u64,
        dialect: &'static dyn Dialect,
        body: &Bytes,
    ) {
        if target.len() > MAX_TARGET || body.len() > MAX_BODY {
            return;
        }
        let mut entries = self.lock();
        if generation != self.generation() {
            return;
        }
        let rendered = Instant::now();
        let entry = Entry { target: target.into(), second, rendered, dialect, body: body.clone() };
        if let Some(same) = entries.iter_mut().find(|e| *e.target == *target) {
            *same = entry;
        } else if entries.len() < MAX_ENTRIES {
            entries.push(entry);
        } else if let Some(past) = entries.iter_mut().find(|e| e.second != second) {
            *past = entry;
        }
    }

    /// The present generation.
    pub(super) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::Acquire))
    }

    /// Forgets everything, including what is being rendered now: the configuration has changed.
    pub(super) fn clear(&self) {
        let mut entries = self.lock();
        self.generation.fetch_add(1, Ordering::AcqRel);
        entries.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_ENTRIES, MAX_TARGET, ResponseCache};
    use crate::endpoint::dialect::FALLBACK;

    fn put(cache: &ResponseCache, target: &str, second: u64) {
        cache.put(cache.generation(), target, second, FALLBACK, &"body".into());
    }

    #[test]
    fn an_answer_lives_for_its_second() {
        let cache = ResponseCache::default();
        put(&cache, "/a", 7);
        assert!(cache.get("/a", 7).is_some());
        assert!(cache.get("/a", 8).is_none() && cache.get("/b", 7).is_none());
        put(&cache, "/a", 8);
        assert!(cache.get("/a", 8).is_some() && cache.get("/a", 7).is_none());
    }

    #[test]
    fn a_change_of_configuration_forgets_also_what_is_under_way() {
        let cache = ResponseCache::default();
        put(&cache, "/a", 7);
        let before = cache.generation();
        cache.clear();
        cache.put(before, "/b", 7, FALLBACK, &"body".into());
        assert!(cache.get("/a", 7).is_none() && cache.get("/b", 7).is_none());
        put(&cache, "/b", 7);
        assert!(cache.get("/b", 7).is_some());
    }

    #[test]
    fn it_is_bounded_and_does_not_fill_up_for_good() {
        let cache = ResponseCache::default();
        for n in 0..MAX_ENTRIES + 5 {
            put(&cache, &format!("/{n}"), 7);
        }
        put(&cache, &"x".repeat(MAX_TARGET + 1), 7);
        assert_eq!(cache.lock().len(), MAX_ENTRIES);
        assert!(cache.get("/0", 7).is_some());
        put(&cache, "/new", 8);
        assert!(cache.get("/new", 8).is_some());
        assert_eq!(cache.lock().len(), MAX_ENTRIES);
    }
}
