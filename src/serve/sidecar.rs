//! The running program.

use std::{net::SocketAddr, sync::Arc};

use tokio::task::JoinSet;

use super::{
    Prepared,
    build::{Parts, build},
    config,
    identity_listeners::IdentityListeners,
    listeners::AllLimits,
    listening::Listening,
    probes,
    resource_labels::ResourceLabels,
    startup::Startup,
    tokens::{TokenSource, Tokens},
};
use crate::{
    clock::{Clock, Random},
    endpoint::{Endpoint, Flag},
    observe::{Dropped, log::LogContext},
    settings::Settings,
};

/// A sidecar that serves. Its listeners end with [`Sidecar::drain`]; dropping it ends them at once.
pub struct Sidecar<C = crate::clock::System, R = crate::clock::System> {
    endpoint: Arc<Endpoint<Tokens<C, R>, C>>,
    tokens: TokenSource<C, R>,
    startup: Startup,
    resource_labels: Arc<ResourceLabels>,
    context: LogContext,
    clock: C,
    random: R,
    addresses: Vec<SocketAddr>,
    admin_address: Option<SocketAddr>,
    listening: Listening,
    identity_listeners: IdentityListeners<Tokens<C, R>, C>,
    /// Metrics and probes.
    admin: Option<Listening>,
    /// The other way for probes. It ends with this.
    _probes: JoinSet<()>,
    not_ending: Flag,
}

impl<C: Clock + Clone, R: Random + Clone> Sidecar<C, R> {
    /// Binds the listeners and serves from then on; everything slow comes afterwards. Must be called inside a runtime.
    pub fn start(
        settings: &Settings,
        prepared: Prepared<C, R>,
        context: LogContext,
        dropped: Dropped,
        clock: C,
        random: R,
    ) -> anyhow::Result<Self> {
        let limits = AllLimits::that_fit(settings);
        let parts = build(settings, limits, prepared, context, dropped, clock, random)?;
        Ok(Self::run(settings, parts))
    }

    /// Serves with these parts from now on.
    fn run(settings: &Settings, parts: Parts<C, R>) -> Self {
        let Parts { limits, listeners, endpoint, metadata, tokens, registry, mut startup, .. } = parts;
        let Parts { not_ending, resource_labels, admin, context, clock, random, .. } = parts;
        let (addresses, admin_address) = (listeners.addresses(), listeners.admin_address());
        if metadata.would_loop(&listeners.token.addresses()) {
            tracing::warn!(
                "WISP_PASSTHROUGH cannot reach the node's metadata service: its address is one of this pod's loopback interface"
            );
        }
        endpoint.set_metadata(metadata);
        let listening = Listening::start(listeners.token, Arc::clone(&endpoint), limits.token);
        let identity_listeners =
            IdentityListeners::start(listeners.identities, &endpoint, &random, limits.token);

        let broker = &tokens.broker;
        broker.list(config::listed(settings, &registry));
        endpoint.open(Arc::clone(broker), Arc::clone(&registry));
        identity_listeners.open(broker, &registry);

        let probes = admin
            .as_ref()
            .map(|admin| probes::answer(settings, admin_address, admin))
            .unwrap_or_default();
        let admin = listeners
            .admin
            .zip(admin)
            .map(|(bound, admin)| Listening::start(bound, admin, limits.admin));

        startup.locate(settings, &context);
        startup.warm(&tokens.upstream);
        startup.prefetch(settings, &registry, broker);
        startup.verify(settings, &registry, broker);
        Self {
            endpoint,
            tokens,
            startup,
            resource_labels,
            context,
            clock,
            random,
            addresses,
            admin_address,
            listening,
            identity_listeners,
            admin,
            _probes: probes,
            not_ending,
        }
    }

    /// Where tokens are asked for, with the real port where port 0 was asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where metrics and probes are answered.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Takes new configuration, all of it or nothing, and forgets every failure. What is fixed at start stays.
    pub async fn reload(&mut self, settings: &Settings) -> anyhow::Result<()> {
        let registry = self.tokens.registry(settings);
        let Prepared { entra, identity_header, metadata } =
            Prepared::read(settings, self.clock.clone(), self.random.clone())?;
        entra.warm().await?;
        let broker = &self.tokens.broker;
        self.endpoint.set_identity_header(identity_header);
        self.endpoint.set_metadata(metadata);
        self.tokens.upstream.replace(Arc::new(entra));
        self.tokens.count(settings);
        broker.list(config::listed(settings, &registry));
        self.endpoint
            .open(Arc::clone(broker), Arc::clone(&registry));
        self.identity_listeners.open(broker, &registry);
        broker.forget_failures();
        self.resource_labels.configure(settings);
        self.startup.begin_again(settings);
        self.startup.locate(settings, &self.context);
        self.startup.prefetch(settings, &registry, broker);
        self.startup.verify(settings, &registry, broker);
        Ok(())
    }

    /// Stops accepting, lets requests in progress finish within the drain time-out, and says how many were cut off. Metrics
    /// and probes are answered until then, and tell that it is not ready.
    pub async fn drain(self) -> usize {
        self.not_ending.set(false);
        let (main, others) = tokio::join!(self.listening.drain(), self.identity_listeners.drain());
        let mut cut_off = main + others;
        if let Some(admin) = self.admin {
            cut_off += admin.drain().await;
        }
        cut_off
    }
}
