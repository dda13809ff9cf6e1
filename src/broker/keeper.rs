//! Refresh in the background, so that no client ever waits for it.

use std::sync::{Arc, Weak};

use tokio::time::Instant;

use super::{core::Inner, held::Held, schedule};
use crate::{
    clock::{Clock, Random},
    exchange::{Exchange, Key},
};

/// Watches over one held token from now on: when its refresh point comes and somebody asked for it, exchanges again,
/// patiently, until there is a newer token or this one has ended.
pub(super) fn keep<E: Exchange, C: Clock, R: Random>(
    broker: &Arc<Inner<E, C, R>>,
    key: Key,
    held: &Arc<Held>,
) {
    let (broker, held) = (Arc::downgrade(broker), Arc::downgrade(held));
    tokio::spawn(async move {
        let mut wake = held.upgrade().map(|h| h.due_at());
        while let Some(at) = wake {
            tokio::time::sleep_until(at).await;
            wake = tend(&broker, &key, &held).await;
        }
    });
}

/// One look at the token. Says when to look again, or `None` when there is nothing left to do.
async fn tend<E: Exchange, C: Clock, R: Random>(
    broker: &Weak<Inner<E, C, R>>,
    key: &Key,
    held: &Weak<Held>,
) -> Option<Instant> {
    // Gone with the broker, evicted, or replaced by a newer token with a keeper of its own.
    let (broker, held) = (broker.upgrade()?, held.upgrade()?);
    if !broker.storage.holds(key, &held) {
        return None;
    }
    // A token nobody asked for lapses; a later request refreshes it or fetches anew. One that has ended is beyond refresh.
    if !held.was_asked() || held.remaining(broker.now()).is_zero() {
        return None;
    }
    if let Some(ticket) = broker.refresh(key) {
        let newer = ticket.wait().await;
        if matches!(newer, Some(Ok(_)) | None) {
            return None;
        }
    }
    // Where no flight could start (too many are under way), neither of the first two lies in the future.
    let rest = Instant::now() + schedule::REFRESH_REST;
    Some(held.due_at().max(broker.blocked_until(key)).max(rest))
}
