//! The running webhook: listeners up, certificate looked after, drained at the end.

use std::{
    future::Future,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet, time::sleep};
use tokio_rustls::TlsAcceptor;

use super::{
    admin::{self, Admin},
    admission::Admission,
    adoption::AdoptionConfig,
    certificate::{FileNames, Files, Names, Own, Serving, host_names},
    handler::Reviews,
    measures::Measures,
};
use crate::{
    clock::Clock,
    observe::Identifiers,
    operator::{cluster::Api, inject::Options},
    server::{self, BindError, Bound, Limits},
};

/// Bounds of what API servers may do. One that is idle for longer than an API server keeps it is closed by that first, so that no
/// request meets the end of its connection.
const LIMITS: Limits = Limits {
    connections: 256,
    connections_setting: None,
    pace: None,
    idle: Duration::from_secs(150),
    drain: Duration::from_secs(6),
};

/// Connections that the kernel keeps ready.
const BACKLOG: u32 = 256;

/// What a webhook is like.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where API servers connect.
    pub listen: SocketAddr,
    /// Where probes and metrics are answered.
    pub admin_listen: SocketAddr,
    /// What is chosen for all pods.
    pub options: Options,
    /// Whether service accounts are asked for identities.
    pub reads_accounts: bool,
    /// How pods of pod-managed identity are adopted, if they are.
    pub adoption: Option<AdoptionConfig>,
    /// How client ids stand in logs.
    pub identifiers: Identifiers,
    /// The names of its objects.
    pub names: Names,
    /// The Service by which API servers call.
    pub service: String,
    /// Where its certificate comes from.
    pub certificate: CertificateSource,
    /// How long it is unready at the end before it stops to listen, so that API servers hear of it.
    pub drain_delay: Duration,
}

/// Where a certificate comes from.
#[derive(Clone, Debug)]
pub(crate) enum CertificateSource {
    /// The webhook makes it, to live for so long.
    Own(Duration),
    /// Somebody else puts it into files.
    Files(FileNames),
}

/// It could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// An address is not available.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// TLS cannot be set up.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Serves until `end` and returns how many connections were cut off then.
pub(crate) async fn run<A: Api>(
    config: Config,
    api: Arc<A>,
    clock: Arc<dyn Clock>,
    end: impl Future<Output = ()>,
) -> Result<usize, StartError> {
    let hosts = host_names(&config.names.namespace, &config.service);
    let host = hosts.first().cloned().unwrap_or_default();
    let serving = Arc::new(Serving::new(host));
    let measures = Arc::<Measures>::default();
    let bound = bind(config.listen, "--listen")?;
    let admin_bound = bind(config.admin_listen, "--admin-listen")?;
    let tls = TlsAcceptor::from(Arc::new(serving.tls()?));
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        listen = comma_separated(&bound),
        admin = comma_separated(&admin_bound),
        configuration = config.names.configuration,
        "the webhook is serving"
    );
    let admission =
        Admission::new(config.options, Arc::clone(&api), config.reads_accounts, config.identifiers)
            .adopting(config.adoption, &api);
    let reviews = Arc::new(Reviews::new(admission, Arc::clone(&measures)));
    let admin = Arc::new(Admin::new(Arc::clone(&serving), Arc::clone(&measures)));
    let mut background = JoinSet::new();
    match config.certificate {
        CertificateSource::Own(life) => {
            background.spawn(Own::new(api, clock, config.names, hosts, life, serving, measures).run());
        }
        CertificateSource::Files(names) => {
            let configuration = config.names.configuration;
            background.spawn(Files::new(api, clock, names, &configuration, serving, measures).run());
        }
    }
    let (stop, stopped) = watch::channel(());
    let until = |mut stopped: watch::Receiver<()>| async move {
        // An error means that the other end was dropped, which stops it too.
        let _ = stopped.changed().await;
    };
    let (stop_admin, admin_stopped) = watch::channel(());
    background.spawn({
        let serve = server::serve(admin_bound, Arc::clone(&admin), admin::LIMITS, until(admin_stopped));
        async move {
            serve.await;
        }
    });
    let mut requests = JoinSet::new();
    requests.spawn(server::serve_over(tls, bound, reviews, LIMITS, until(stopped)));
    end.await;
    admin.end_soon();
    tracing::info!(delay_seconds = config.drain_delay.as_secs_f64(), "not ready any more, ending");
    sleep(config.drain_delay).await;
    drop(stop);
    let cut_off = requests.join_all().await.into_iter().sum();
    drop(stop_admin);
    tracing::info!(connections_cut_off = cut_off, "ended");
    Ok(cut_off)
}

/// Listens on `address`. All addresses are those of IPv4 where there are no others.
fn bind(address: SocketAddr, flag: &'static str) -> Result<Bound, BindError> {
    match Bound::bind(&[address], flag, BACKLOG) {
        Err(BindError::NoAddress { .. }) if address.ip() == Ipv6Addr::UNSPECIFIED => {
            let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()));
            Bound::bind(&[address], flag, BACKLOG)
        }
        bound => bound,
    }
}

fn comma_separated(bound: &Bound) -> String {
    let addresses: Vec<_> = bound.addresses().iter().map(ToString::to_string).collect();
    addresses.join(",")
}
