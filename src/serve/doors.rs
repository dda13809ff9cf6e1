//! Further listeners, each with the identity of requests that name none.
//!
//! Containers of a pod share its loopback interface, so a connection does not tell from which of them it comes; the port that
//! it was told to use does. What may be asked is the same at each: any identity that is configured, by its name.

use std::{net::SocketAddr, sync::Arc};

use super::listening::Listening;
use crate::{
    broker::Tokens,
    clock::{Clock, Random},
    endpoint::{Bound, Endpoint, Limits},
    identity::Registry,
    names::ClientId,
    settings::Settings,
};

/// Shares the connections out evenly, so that more listeners take no more memory and no more files.
pub(super) fn share(settings: &Settings, limits: &mut Limits) {
    limits.connections = (limits.connections / (settings.identity_listen.len() + 1)).max(1);
}

/// The listeners. Dropping them ends them at once.
pub(super) struct Doors<T, C> {
    all: Vec<Door<T, C>>,
}

struct Door<T, C> {
    identity: ClientId,
    addresses: Vec<SocketAddr>,
    endpoint: Arc<Endpoint<T, C>>,
    listening: Listening,
}

impl<T: Tokens, C: Clock + Clone> Doors<T, C> {
    /// Binds the listeners and serves from then on, as `endpoint` does.
    pub(super) fn start(
        settings: &Settings,
        endpoint: &Endpoint<T, C>,
        random: &impl Random,
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let door = |(identity, address): &(ClientId, SocketAddr)| {
            let bound = Bound::identity(*address)?;
            let addresses = bound.addresses();
            let endpoint = endpoint.beside(random).with_connections(limits.connections);
            let endpoint = Arc::new(endpoint);
            let listening = Listening::start(bound, Arc::clone(&endpoint), limits);
            anyhow::Ok(Door { identity: identity.clone(), addresses, endpoint, listening })
        };
        let all = settings.identity_listen.iter().map(door);
        Ok(Self { all: all.collect::<anyhow::Result<_>>()? })
    }

    /// There are tokens, for the identities of `registry`.
    pub(super) fn open(&self, tokens: &Arc<T>, registry: &Registry) {
        for door in &self.all {
            let registry = registry.with_default(&door.identity);
            door.endpoint.open(Arc::clone(tokens), Arc::new(registry));
        }
    }

    /// Where they listen, with the real port where port 0 was asked for.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.all
            .iter()
            .flat_map(|door| door.addresses.iter().copied())
    }

    /// Stops accepting, lets requests in progress finish, and says how many were cut off.
    pub(super) async fn drain(self) -> usize {
        let mut all = tokio::task::JoinSet::new();
        for door in self.all {
            all.spawn(door.listening.drain());
        }
        all.join_all().await.into_iter().sum()
    }
}
