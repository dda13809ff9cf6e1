//! The token endpoint: what it is made of, and what configuration changes of it.

use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;
use tokio::sync::watch;

use super::{
    ShowIdentity, access_log::AccessLog, counters::Counters, guard::Guard, metadata::Metadata,
    response::RequestIds, response_cache::ResponseCache,
};
use crate::{
    broker::Tokens,
    clock::{Clock, Random},
    identity::Registry,
    server::WaitLimits,
    token::Secret,
};

/// The connections that requests share while nothing else is said.
const DEFAULT_CONNECTIONS: usize = 256;

/// The token endpoint. Answers "starting" until [`Endpoint::open`].
pub(crate) struct Endpoint<T, C> {
    pub(super) live: OnceLock<Live<T>>,
    pub(super) clock: C,
    pub(super) guard: Arc<Guard>,
    pub(super) ids: RequestIds,
    pub(super) response_cache: ResponseCache,
    pub(super) metadata: Arc<RwLock<Option<Arc<Metadata>>>>,
    pub(super) counters: Arc<Counters>,
    pub(super) log: Arc<AccessLog>,
    pub(super) waits: WaitLimits,
    pub(super) ending: watch::Sender<bool>,
}

/// What is there once configuration is complete.
pub(super) struct Live<T> {
    pub(super) tokens: Arc<T>,
    registry: RwLock<Arc<Registry>>,
}

impl<T> Live<T> {
    /// The identities of the moment.
    pub(super) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read())
    }
}

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// An endpoint that is starting. `hosts` are accepted as `Host` besides the metadata service's address and loopback.
    pub(crate) fn new(
        clock: C,
        random: &impl Random,
        hosts: Vec<String>,
        show_identity: ShowIdentity,
    ) -> Self {
        Self {
            live: OnceLock::new(),
            clock,
            guard: Arc::new(Guard::new(hosts)),
            ids: RequestIds::new(random),
            response_cache: ResponseCache::default(),
            metadata: Arc::default(),
            counters: Arc::default(),
            log: Arc::new(AccessLog::new(show_identity)),
            waits: WaitLimits::among(DEFAULT_CONNECTIONS),
            ending: watch::Sender::new(false),
        }
    }

    /// Another one that is starting, with the same clock, guard, metadata, counters and log. Its tokens, identities and limits
    /// are its own.
    #[must_use]
    pub(crate) fn beside(&self, random: &impl Random) -> Self
    where
        C: Clone,
    {
        Self {
            live: OnceLock::new(),
            clock: self.clock.clone(),
            guard: Arc::clone(&self.guard),
            ids: RequestIds::new(random),
            response_cache: ResponseCache::default(),
            metadata: Arc::clone(&self.metadata),
            counters: Arc::clone(&self.counters),
            log: Arc::clone(&self.log),
            waits: WaitLimits::among(DEFAULT_CONNECTIONS),
            ending: watch::Sender::new(false),
        }
    }

    /// Gives requests that wait their share of so many connections.
    #[must_use]
    pub(crate) fn with_connections(self, connections: usize) -> Self {
        Self { waits: WaitLimits::among(connections), ..self }
    }

    /// Configuration is complete: from now on there are tokens. Called again, it only replaces the registry.
    pub(crate) fn open(&self, tokens: Arc<T>, registry: Arc<Registry>) {
        let live = self
            .live
            .get_or_init(|| Live { tokens, registry: RwLock::new(Arc::clone(&registry)) });
        *live.registry.write() = registry;
        self.response_cache.clear();
    }

    /// Changes the secret of the App Service dialect (`IDENTITY_HEADER`); without one nobody is let in that way.
    pub(crate) fn set_identity_header(&self, secret: Option<Secret>) {
        self.guard.set_identity_header(secret);
    }

    /// Changes what is answered besides tokens.
    pub(crate) fn set_metadata(&self, metadata: Metadata) {
        *self.metadata.write() = (!metadata.is_empty()).then(|| Arc::new(metadata));
    }

    /// What was answered so far.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many lines about requests were left out of the log, because there were too many of their kind.
    pub(crate) fn lines_suppressed(&self) -> u64 {
        self.log.limits.suppressed()
    }
}
