//! Further listeners, each with the identity of requests that name none.
//!
//! Containers of a pod share its loopback interface, so a connection does not tell from which of them it comes; the port that
//! it was told to use does. What may be asked is the same at each: any identity that is configured, by its name.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::listening::Listening;
use crate::{
    broker::Tokens,
    clock::{Clock, Random},
    endpoint::Endpoint,
    identity::Registry,
    names::ClientId,
    server::{Bound, Limits},
};

/// The listeners. Dropping them ends them at once.
pub(super) struct IdentityListeners<T, C>(Vec<IdentityListener<T, C>>);

struct IdentityListener<T, C> {
    identity: ClientId,
    endpoint: Arc<Endpoint<T, C>>,
    listening: Listening,
}

impl<T: Tokens, C: Clock + Clone> IdentityListeners<T, C> {
    /// Serves from now on, as `endpoint` does.
    pub(super) fn start(
        bound: Vec<(ClientId, Bound)>,
        endpoint: &Endpoint<T, C>,
        random: &impl Random,
        limits: Limits,
    ) -> Self {
        let start = |(identity, bound)| {
            let endpoint = endpoint.beside(random).with_connections(limits.connections);
            let endpoint = Arc::new(endpoint);
            let listening = Listening::start(bound, Arc::clone(&endpoint), limits);
            IdentityListener { identity, endpoint, listening }
        };
        Self(bound.into_iter().map(start).collect())
    }

    /// There are tokens, for the identities of `registry`.
    pub(super) fn open(&self, tokens: &Arc<T>, registry: &Registry) {
        for listener in &self.0 {
            let registry = registry.with_default(&listener.identity);
            listener
                .endpoint
                .open(Arc::clone(tokens), Arc::new(registry));
        }
    }

    /// Stops accepting, lets requests in progress finish, and says how many were cut off.
    pub(super) async fn drain(self) -> usize {
        let mut all = JoinSet::new();
        for listener in self.0 {
            all.spawn(listener.listening.drain());
        }
        all.join_all().await.into_iter().sum()
    }
}
