//! The proof at start that a token is available: one exchange through the broker, and what becomes of it.

use parking_lot::Mutex;

use crate::{
    broker::{Broker, Prefetch},
    clock::{Clock, Random},
    exchange::{Exchange, Key},
    failure::Failure,
};

/// Gets a token for `key` however long that takes, and says in the log how it goes: each explanation once.
pub(super) async fn verify<E: Exchange, C: Clock, R: Random>(
    broker: Broker<E, C, R>,
    key: Key,
    progress: Prefetch,
) {
    let message = Mutex::new(None);
    broker
        .fetch_until_it_works(&key, &progress, |failure| {
            let mut message = message.lock();
            let kind = (failure.category, failure.code);
            if message.replace(kind) != Some(kind) {
                warn(&key, failure);
            }
        })
        .await;
    tracing::info!(
        operation = "verify",
        result = "success",
        azureResource = key.resource.as_str(),
        "verified: tokens are available"
    );
}

fn warn(key: &Key, failure: &Failure) {
    tracing::warn!(
        operation = "verify",
        result = "failure",
        errorCategory = failure.category.as_str(),
        azureResource = key.resource.as_str(),
        "not verified: no token available yet. {failure}"
    );
}
