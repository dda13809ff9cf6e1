//! The bounded cache of tokens.

use std::sync::Arc;

use moka::sync::Cache;

use super::cached_token::CachedToken;
use crate::exchange::Key;

/// Tokens by key, bounded by count and by bytes.
///
/// Admission is TinyLFU: a key that is asked for often is not evicted by a flood of keys that are asked for once. Expiry
/// is not the cache's business: the broker checks it on both clocks, and an ended token stays as a sign that its key is
/// a known one.
pub(super) struct Storage(Cache<Key, Arc<CachedToken>>);

/// What an entry costs beside the token and the resource: the two keys' other parts, map overhead.
const OVERHEAD: u64 = 512;

impl Storage {
    /// An empty cache of at most `tokens` tokens that take at most `bytes` bytes together.
    pub(super) fn new(tokens: u64, bytes: u64) -> Self {
        // One weight serves both bounds: no entry weighs less than its share of the bytes.
        let share = bytes / tokens.max(1);
        let weigher = move |key: &Key, cached: &Arc<CachedToken>| {
            let size = cached.token.secret.len() + key.resource.as_str().len();
            u32::try_from((size as u64 + OVERHEAD).max(share)).unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .max_capacity(bytes)
                .weigher(weigher)
                .build(),
        )
    }

    /// What is stored for `key`. To ask for what is not there counts for nothing: a caller who is refused again and again must
    /// not make a name for what he invents.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<CachedToken>> {
        self.knows(key).then(|| self.0.get(key))?
    }

    /// Whether something is stored for `key`, without counting that as a use of it.
    pub(super) fn knows(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    /// Whether `cached` is still what is stored for `key`.
    pub(super) fn holds(&self, key: &Key, cached: &Arc<CachedToken>) -> bool {
        self.0
            .get(key)
            .is_some_and(|stored| Arc::ptr_eq(&stored, cached))
    }

    pub(super) fn insert(&self, key: Key, cached: Arc<CachedToken>) {
        self.0.insert(key, cached);
        // Insertions are rare (one per exchange); settling at once keeps the bounds strict.
        self.0.run_pending_tasks();
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Arc<Key>, Arc<CachedToken>)> {
        self.0.iter()
    }
}
