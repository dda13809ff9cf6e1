//! Refresh in the background, so that no client ever waits for it.

use std::sync::{Arc, Weak};

use tokio::time::Instant;

use super::{cached_token::CachedToken, core::Inner, schedule};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
};

/// Watches over one cached token from now on: when its refresh point comes and somebody asked for it, exchanges again,
/// patiently, until there is a newer token or this one has ended.
pub(super) fn watch<E: Exchange, C: Clock, R: Random>(
    broker: &Arc<Inner<E, C, R>>,
    key: Key,
    cached: &Arc<CachedToken>,
) {
    let (broker, cached) = (Arc::downgrade(broker), Arc::downgrade(cached));
    tokio::spawn(async move {
        let mut wake = cached.upgrade().map(|cached| cached.due_at());
        while let Some(at) = wake {
            tokio::time::sleep_until(at).await;
            wake = refresh_if_due(&broker, &key, &cached).await;
        }
    });
}

/// One look at the token. Says when to look again, or `None` when there is nothing left to do.
async fn refresh_if_due<E: Exchange, C: Clock, R: Random>(
    broker: &Weak<Inner<E, C, R>>,
    key: &Key,
    cached: &Weak<CachedToken>,
) -> Option<Instant> {
    // Gone with the broker, evicted, or replaced by a newer token with a refresher of its own.
    let (broker, cached) = (broker.upgrade()?, cached.upgrade()?);
    if !broker.storage.holds(key, &cached) {
        return None;
    }
    // A token nobody asked for lapses; a later request refreshes it or fetches anew. One that has ended is beyond refresh.
    if !cached.was_asked() || cached.remaining(broker.now()).is_zero() {
        return None;
    }
    if let Some(waiter) = broker.refresh(key) {
        let newer = waiter.wait().await;
        if matches!(newer, Some(Ok(_)) | None) {
            return None;
        }
    }
    // Where no exchange could start (too many are under way), neither of the first two lies in the future.
    let now = Instant::now();
    Some(
        cached
            .due_at()
            .max(broker.blocked_until(key, now))
            .max(now + schedule::REFRESH_REST),
    )
}
