//! The sidecar before it runs: everything made and bound, nothing answered yet.

use std::sync::Arc;

use super::{
    Prepared, config,
    listeners::{AllLimits, Listeners},
    report,
    resource_labels::ResourceLabels,
    startup::Startup,
    tokens::{TokenSource, Tokens},
};
use crate::{
    clock::{Clock, Random},
    endpoint::{Admin, Endpoint, Flag, Metadata},
    identity::Registry,
    observe::{Dropped, Metrics, log::LogContext},
    settings::Settings,
};

/// The parts of a sidecar.
pub(super) struct Parts<C, R> {
    pub(super) limits: AllLimits,
    pub(super) listeners: Listeners,
    pub(super) endpoint: Arc<Endpoint<Tokens<C, R>, C>>,
    pub(super) metadata: Metadata,
    pub(super) tokens: TokenSource<C, R>,
    pub(super) registry: Arc<Registry>,
    pub(super) startup: Startup,
    pub(super) not_ending: Flag,
    pub(super) resource_labels: Arc<ResourceLabels>,
    /// What answers metrics and probes, where they are answered.
    pub(super) admin: Option<Arc<Admin>>,
    pub(super) context: LogContext,
    pub(super) clock: C,
    pub(super) random: R,
}

/// Makes the parts and binds the listeners; nothing else outside changes.
pub(super) fn build<C: Clock + Clone, R: Random + Clone>(
    settings: &Settings,
    limits: AllLimits,
    prepared: Prepared<C, R>,
    context: LogContext,
    dropped: Dropped,
    clock: C,
    random: R,
) -> anyhow::Result<Parts<C, R>> {
    let Prepared { entra, identity_header, metadata } = prepared;
    let listeners = Listeners::bind(settings)?;
    let identifiers = settings.log_identifiers;
    let hosts = settings.hosts.clone();
    let endpoint = Endpoint::new(clock.clone(), &random, hosts, config::show_identity(identifiers))
        .with_connections(limits.token.connections);
    endpoint.set_identity_header(identity_header);
    let endpoint = Arc::new(endpoint);
    let tokens = TokenSource::build(settings, entra, clock.clone(), random.clone());
    tokens.count(settings);
    let registry = tokens.registry(settings);
    let startup = Startup::new(settings);
    let (readiness, not_ending) = startup.readiness(&tokens.broker);
    let resource_labels = Arc::new(ResourceLabels::default());
    resource_labels.configure(settings);
    let admin = listeners.admin.as_ref().map(|_| {
        let metrics = Metrics::new(Arc::clone(&tokens.stats), context.clone(), report::foreseen_failures());
        let (endpoint, broker, clock) = (Arc::clone(&endpoint), Arc::clone(&tokens.broker), clock.clone());
        let stats = Arc::clone(&tokens.stats);
        let (file, labels) = (startup.token_file.clone(), Arc::clone(&resource_labels));
        Arc::new(Admin::new(readiness, move || {
            let mut samples =
                report::samples(endpoint.counters(), &broker, &file.current(), &clock, identifiers, &labels);
            samples.extend(stats.standings(identifiers));
            samples.push(report::lines_dropped(&dropped));
            samples.push(report::lines_suppressed(endpoint.lines_suppressed()));
            metrics.render(samples).text
        }))
    });
    Ok(Parts {
        limits,
        listeners,
        endpoint,
        metadata,
        tokens,
        registry,
        startup,
        not_ending,
        resource_labels,
        admin,
        context,
        clock,
        random,
    })
}
