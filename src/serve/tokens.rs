//! Where tokens come from: the cache, before it what counts and what learns, and Entra, which a reload replaces.

use std::sync::Arc;

use super::reloadable::Reloadable;
use crate::{
    broker::Broker,
    clock::{Clock, Random},
    entra::Entra,
    identity::{Learned, Learning, Registry},
    observe::{ExchangeStats, Observed},
    settings::Settings,
};

/// Entra, as the settings have it now.
pub(super) type Upstream<C, R> = Reloadable<Arc<Entra<C, R>>>;

/// What the endpoint asks.
pub(super) type Tokens<C, R> = Broker<Observed<Learning<Upstream<C, R>>, C>, C, R>;

/// The broker with what is below it.
pub(super) struct TokenSource<C, R> {
    pub(super) broker: Arc<Tokens<C, R>>,
    pub(super) upstream: Upstream<C, R>,
    pub(super) stats: Arc<ExchangeStats>,
    learned: Arc<Learned>,
}

impl<C: Clock + Clone, R: Random + Clone> TokenSource<C, R> {
    /// Sets everything up around `entra`.
    pub(super) fn build(settings: &Settings, entra: Entra<C, R>, clock: C, random: R) -> Self {
        let learned = Arc::new(Learned::default());
        let stats = Arc::new(ExchangeStats::default());
        let upstream = Reloadable::new(Arc::new(entra));
        let exchange = Learning::new(upstream.clone(), Arc::clone(&learned));
        let exchange = Observed::new(exchange, Arc::clone(&stats), settings.log_identifiers, clock.clone());
        let broker = Arc::new(Broker::new(exchange, clock, random, settings.broker));
        Self { broker, upstream, stats, learned }
    }

    /// Counts what is asked for the identities of `settings`, and no longer for others.
    pub(super) fn count(&self, settings: &Settings) {
        self.stats
            .configure(settings.identities.iter().map(|entry| &entry.client_id));
    }

    /// The identities of `settings`, with the names that tokens have told.
    pub(super) fn registry(&self, settings: &Settings) -> Arc<Registry> {
        let (identities, rules) = (settings.identities.clone(), settings.rules.clone());
        Arc::new(Registry::new(identities, rules, Arc::clone(&self.learned)))
    }
}
