//! The running program.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::anyhow;
use tokio::task::JoinSet;

use super::{
    Prepared, config,
    doors::{self, Doors},
    listening::Listening,
    open_files,
    replaceable::Replaceable,
    report,
    resource_labels::ResourceLabels,
    verify::verify,
};
use crate::{
    assertion::{TokenFile, Unusable},
    broker::{Broker, Prefetch},
    clock::{Clock, Random},
    endpoint::{Admin, Bound, Endpoint, Flag, Holds, Readiness},
    entra::{Entra, authority},
    failure::Failure,
    identity::{Learned, Learning, Registry},
    observe::{Dropped, ExchangeStats, Metrics, Observed, log::Place},
    settings::{ImdsListen, Settings, Verify},
};

#[cfg(target_os = "linux")]
use crate::endpoint::{ProbeSocket, probe_socket_name};

type Upstream<C, R> = Arc<Replaceable<Entra<C, R>>>;
type Tokens<C, R> = Broker<Observed<Learning<Upstream<C, R>>>, C, R>;

/// How soon to look again for a file that has not been mounted or written yet.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// A sidecar that serves. Its listeners end with [`Sidecar::drain`]; dropping it ends them at once.
pub struct Sidecar<C = crate::clock::System, R = crate::clock::System> {
    endpoint: Arc<Endpoint<Tokens<C, R>, C>>,
    broker: Arc<Tokens<C, R>>,
    upstream: Upstream<C, R>,
    learned: Arc<Learned>,
    token_file: Arc<RwLock<TokenFile>>,
    resource_labels: Arc<ResourceLabels>,
    place: Place,
    clock: C,
    random: R,
    addresses: Vec<SocketAddr>,
    admin_address: Option<SocketAddr>,
    listening: Listening,
    doors: Doors<Tokens<C, R>, C>,
    /// Metrics and probes.
    admin: Option<Listening>,
    /// The other way for probes. It ends with this.
    _probes: JoinSet<()>,
    not_ending: Flag,
    background: JoinSet<()>,
    /// Why there are no root certificates, until there are.
    roots: Arc<RwLock<Option<String>>>,
    /// The first tokens that readiness waits for.
    awaited: Arc<RwLock<Prefetch>>,
    /// The token that proves that one can be had, if readiness waits for it.
    verified: Arc<RwLock<Prefetch>>,
}

impl<C: Clock + Clone, R: Random + Clone> Sidecar<C, R> {
    /// Binds the listeners and serves from then on; everything slow comes afterwards. Must be called inside a runtime.
    pub fn start(
        settings: &Settings,
        prepared: Prepared<C, R>,
        place: Place,
        dropped: Dropped,
        clock: C,
        random: R,
    ) -> anyhow::Result<Self> {
        let identifiers = settings.log_identifiers;
        let (mut limits, mut admin_limits) = (settings.connections, Admin::limits());
        open_files::fit(&mut limits, &mut admin_limits);
        doors::share(settings, &mut limits);
        let hosts = settings.hosts.clone();
        let endpoint = Endpoint::new(clock.clone(), &random, hosts, config::show_identity(identifiers))
            .with_connections(limits.connections);
        let Prepared { entra, identity_header, metadata } = prepared;
        endpoint.set_identity_header(identity_header);
        let endpoint = Arc::new(endpoint);

        let mut bound = Bound::token(&settings.listen)?;
        let admin = settings.admin_listen.map(Bound::admin).transpose()?;
        if settings.imds_listen == ImdsListen::Auto {
            bound.add_imds();
        }
        if settings.listen_vm_extension {
            bound.add_vm_extension()?;
        }
        let mut addresses = bound.addresses();
        if metadata.would_loop(&addresses) {
            tracing::warn!(
                "WISP_PASSTHROUGH cannot reach the node's metadata service: its address is one of this pod's loopback interface"
            );
        }
        endpoint.set_metadata(metadata);
        let listening = Listening::start(bound, Arc::clone(&endpoint), limits);
        let doors = Doors::start(settings, &endpoint, &random, limits)?;
        addresses.extend(doors.addresses());

        let learned = Arc::new(Learned::default());
        let registry = config::registry(settings, Arc::clone(&learned))?;
        let upstream: Upstream<C, R> = Arc::new(Replaceable::new(Arc::new(entra)));
        let stats = Arc::new(ExchangeStats::default());
        let exchange = Learning::new(Arc::clone(&upstream), Arc::clone(&learned));
        let exchange = Observed::new(exchange, Arc::clone(&stats), identifiers);
        let broker = Arc::new(Broker::new(exchange, clock.clone(), random.clone(), settings.broker));
        broker.list(config::listed(settings, &registry));
        endpoint.open(Arc::clone(&broker), Arc::clone(&registry));
        doors.open(&broker, &registry);

        let token_file = Arc::new(RwLock::new(TokenFile::new(settings.entra.token_file.clone())));
        let resource_labels = Arc::new(ResourceLabels::default());
        resource_labels.configure(settings);
        let mut readiness = Readiness::default();
        let (file, tokens) = (Arc::clone(&token_file), Arc::clone(&broker));
        readiness.checked("token file readable", move || {
            let file = file.read().unwrap_or_else(PoisonError::into_inner).clone();
            match file.read() {
                Ok(_) => Holds::Yes,
                Err(unusable) if tokens.holds_tokens() => {
                    Holds::Degraded(format!("{unusable} Tokens in hand are served until they end."))
                }
                Err(unusable) => Holds::No(unusable.to_string()),
            }
        });
        let roots = Arc::new(RwLock::new(Some("they have not been read yet".to_owned())));
        let missing_roots = Arc::clone(&roots);
        readiness.checked("root certificates", move || {
            let missing = missing_roots.read().unwrap_or_else(PoisonError::into_inner);
            missing.clone().map_or(Holds::Yes, Holds::No)
        });
        let awaited = Arc::new(RwLock::new(Prefetch::default()));
        readiness.checked("prefetch", here(&awaited));
        let verified = Arc::new(RwLock::new(Prefetch::default()));
        readiness.checked("verification", here(&verified));
        let not_ending = readiness.told("not ending");
        not_ending.set(true);
        let admin_address = admin
            .as_ref()
            .and_then(|bound| bound.addresses().first().copied());
        let mut probes = JoinSet::new();
        let admin = admin.map(|bound| {
            let metrics = Metrics::new(stats, place.clone(), report::foreseen_failures());
            let (endpoint, broker, clock) = (Arc::clone(&endpoint), Arc::clone(&broker), clock.clone());
            let (file, labels) = (Arc::clone(&token_file), Arc::clone(&resource_labels));
            let admin = Admin::new(readiness, move || {
                let file = file.read().unwrap_or_else(PoisonError::into_inner).clone();
                let mut samples =
                    report::samples(endpoint.counters(), &broker, &file, &clock, identifiers, &labels);
                samples.push(report::lines_dropped(&dropped));
                samples.push(report::lines_suppressed(endpoint.lines_suppressed()));
                metrics.render(samples).text
            });
            let admin = Arc::new(admin);
            probes = answer_probes(settings, admin_address, &admin);
            Listening::start(bound, admin, admin_limits)
        });

        let mut sidecar = Self {
            endpoint,
            broker,
            upstream,
            learned,
            token_file,
            resource_labels,
            place,
            clock,
            random,
            addresses,
            admin_address,
            listening,
            doors,
            admin,
            _probes: probes,
            not_ending,
            background: JoinSet::new(),
            roots,
            awaited,
            verified,
        };
        sidecar.locate_when_possible(settings);
        sidecar.warm();
        sidecar.prefetch(settings, &registry);
        sidecar.verify(settings, &registry);
        Ok(sidecar)
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
        let registry = config::registry(settings, Arc::clone(&self.learned))?;
        let prepared = Prepared::read(settings, self.clock.clone(), self.random.clone());
        let Prepared { entra, identity_header, metadata } =
            prepared.map_err(|problems| anyhow!(problems.join("; ")))?;
        entra.warm().await?;
        *self.roots.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.endpoint.set_identity_header(identity_header);
        self.endpoint.set_metadata(metadata);
        self.upstream.replace(Arc::new(entra));
        *self
            .token_file
            .write()
            .unwrap_or_else(PoisonError::into_inner) = TokenFile::new(settings.entra.token_file.clone());
        self.broker.list(config::listed(settings, &registry));
        self.endpoint
            .open(Arc::clone(&self.broker), Arc::clone(&registry));
        self.doors.open(&self.broker, &registry);
        self.broker.forget_failures();
        self.resource_labels.configure(settings);
        // What still works with the old settings ends here.
        self.background = JoinSet::new();
        self.locate_when_possible(settings);
        self.prefetch(settings, &registry);
        self.verify(settings, &registry);
        Ok(())
    }

    /// Stops accepting, lets requests in progress finish within the drain time-out, and says how many were cut off. Metrics
    /// and probes are answered until then, and tell that it is not ready.
    pub async fn drain(self) -> usize {
        self.not_ending.set(false);
        let (main, others) = tokio::join!(self.listening.drain(), self.doors.drain());
        let mut cut_off = main + others;
        if let Some(admin) = self.admin {
            cut_off += admin.drain().await;
        }
        cut_off
    }

    /// Tells the log where this sidecar runs, now or once the kubelet has written the token that says so.
    fn locate_when_possible(&mut self, settings: &Settings) {
        let mut trouble = Trouble::default();
        match locate(settings, &self.place) {
            Ok(true) => return,
            Ok(false) => {}
            Err(unusable) => trouble.met(&unusable.into()),
        }
        let (settings, place) = (settings.clone(), self.place.clone());
        self.background.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                match locate(&settings, &place) {
                    Ok(located) => {
                        trouble.over("the token file can be read now");
                        if located {
                            return;
                        }
                    }
                    Err(unusable) => trouble.met(&unusable.into()),
                }
            }
        });
    }

    /// Prepares TLS before the first request needs it, or says why that cannot be done yet.
    fn warm(&mut self) {
        let (upstream, roots) = (Arc::clone(&self.upstream), Arc::clone(&self.roots));
        let tell = move |missing| *roots.write().unwrap_or_else(PoisonError::into_inner) = missing;
        self.background.spawn(async move {
            let mut trouble = Trouble::default();
            while let Err(failure) = upstream.current().warm().await {
                trouble.met(&failure);
                tell(Some(failure.description));
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            tell(None);
            trouble.over("the root certificates can be read now");
        });
    }

    /// Fetches the tokens that are wanted from the start, and holds readiness back until they are here if that is asked.
    fn prefetch(&mut self, settings: &Settings, registry: &Registry) {
        let here = self.broker.snapshot();
        let mut keys = config::prefetch(settings, registry);
        keys.retain(|key| here.iter().all(|token| token.key != *key));
        let progress = Prefetch::of(&keys);
        let awaited = if settings.ready_after_prefetch { progress.clone() } else { Prefetch::default() };
        *self.awaited.write().unwrap_or_else(PoisonError::into_inner) = awaited;
        if !keys.is_empty() {
            let broker = Arc::clone(&self.broker);
            self.background
                .spawn(async move { broker.prefetch(keys, progress).await });
        }
    }

    /// Proves that a token can be had, by getting one, and holds readiness back until then if that is asked. What is here
    /// already needs no proof.
    fn verify(&mut self, settings: &Settings, registry: &Registry) {
        let here = self.broker.snapshot();
        let key =
            config::verified(settings, registry).filter(|key| here.iter().all(|token| token.key != *key));
        let progress = Prefetch::of(key.as_slice());
        let awaited = if settings.verify == Verify::Ready { progress.clone() } else { Prefetch::default() };
        *self
            .verified
            .write()
            .unwrap_or_else(PoisonError::into_inner) = awaited;
        if let Some(key) = key {
            self.background
                .spawn(verify(Broker::clone(&self.broker), key, progress));
        }
    }
}

/// Whether all the tokens of a prefetch are here, for readiness.
fn here(awaited: &Arc<RwLock<Prefetch>>) -> impl Fn() -> Holds + Send + Sync + 'static {
    let awaited = Arc::clone(awaited);
    move || {
        let missing = awaited
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .missing();
        missing.map_or(Holds::Yes, Holds::No)
    }
}

/// Answers probes at a socket of their own too, named by the address of the admin listener.
#[cfg(target_os = "linux")]
fn answer_probes(settings: &Settings, bound: Option<SocketAddr>, admin: &Arc<Admin>) -> JoinSet<()> {
    let mut probes = JoinSet::new();
    // The name is made of the address as it is configured, for `wisp probe` knows no other; but a port that the kernel chose
    // has to be told to it.
    let configured = settings.admin_listen.filter(|address| address.port() != 0);
    let Some(address) = configured.or(bound) else { return probes };
    match ProbeSocket::bind(address) {
        Ok(socket) => {
            probes.spawn(socket.serve(Arc::clone(admin)));
        }
        Err(error) => tracing::warn!(
            %error,
            name = probe_socket_name(address),
            "cannot listen at the socket for probes; `wisp probe` asks the admin listener instead"
        ),
    }
    probes
}

#[cfg(not(target_os = "linux"))]
fn answer_probes(_: &Settings, _: Option<SocketAddr>, _: &Arc<Admin>) -> JoinSet<()> {
    JoinSet::new()
}

/// Something that start-up needs and cannot have yet: said once, and once more when it is over.
#[derive(Default)]
struct Trouble {
    said: bool,
}

impl Trouble {
    fn met(&mut self, failure: &Failure) {
        if !std::mem::replace(&mut self.said, true) {
            let category = failure.category.as_str();
            tracing::warn!(operation = "start", result = "failure", errorCategory = category, "{failure}");
        }
    }

    fn over(&mut self, message: &str) {
        if std::mem::take(&mut self.said) {
            tracing::info!(operation = "start", result = "success", "{message}");
        }
    }
}

/// Whether the token says which service account this is.
fn locate(settings: &Settings, place: &Place) -> Result<bool, Unusable> {
    let read = TokenFile::new(settings.entra.token_file.clone()).read();
    let subject = read.as_ref().ok().and_then(|a| a.claims.subject.clone());
    let (namespace, account) = subject
        .as_deref()
        .and_then(|subject| {
            subject
                .strip_prefix("system:serviceaccount:")?
                .split_once(':')
        })
        .unwrap_or_default();
    place.set([
        ("cloud", authority::cloud_name(&settings.rules.authority).to_owned()),
        ("cluster", settings.cluster.clone().unwrap_or_default()),
        ("namespace", namespace.to_owned()),
        ("serviceAccount", account.to_owned()),
    ]);
    read.map(|_| subject.is_some())
}
