//! An endpoint, and one that listens.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use super::{
    http::{plain, request, to_end},
    invented::{API, Hand, Invented, NOW, Zero, registry},
};
use crate::{
    endpoint::{Endpoint, listen},
    failure::{Category, Class, Failure},
    server::{Limits, serve},
};

pub(super) const LIMITS: Limits = Limits {
    connections: 64,
    connections_setting: Some("WISP_MAX_CONNECTIONS"),
    pace: None,
    idle: Duration::from_secs(10),
    drain: Duration::from_secs(2),
};

/// An endpoint with everything around it, not yet listening.
pub(super) struct Setting {
    pub(super) endpoint: Arc<Endpoint<Invented, Hand>>,
    pub(super) tokens: Arc<Invented>,
    pub(super) clock: Hand,
}

impl Setting {
    pub(super) fn starting() -> Self {
        let failure = |class, error: &'static str, text: &str, wait| Failure {
            retry_after: wait,
            ..Failure::new(class, Category::Service, error, text)
        };
        let minute = Some(Duration::from_secs(60));
        let failures = HashMap::from([
            (
                "api://permanent",
                failure(Class::Permanent, "unauthorized_client", "AADSTS700016: gone.", minute),
            ),
            (
                "api://propagation",
                failure(Class::Propagation, "invalid_request", "AADSTS70021: soon.", minute),
            ),
            (
                "api://throttled",
                failure(Class::Throttled, "temporarily_unavailable", "AADSTS50196: loop.", minute),
            ),
            (
                "api://transient",
                failure(Class::Transient, "temporarily_unavailable", "no route to Entra", None),
            ),
            (
                "api://assertion",
                failure(Class::Assertion, "temporarily_unavailable", "/x/token is missing", None),
            ),
        ]);
        let tokens = Arc::new(Invented {
            asked: Mutex::default(),
            freshness_asked: Mutex::default(),
            failures,
            release: Notify::new(),
            remaining: Duration::from_secs(3599),
        });
        let clock = Hand(Arc::new(AtomicU64::new(NOW)));
        let endpoint = Endpoint::new(
            clock.clone(),
            &Zero,
            vec!["imds.internal".into()],
            Box::new(|id| format!("hash-of-{}", id.split('-').next().unwrap_or_default())),
        );
        Self { endpoint: Arc::new(endpoint), tokens, clock }
    }

    pub(super) fn with(names: &[(&str, &str)]) -> Self {
        let setting = Self::starting();
        setting
            .endpoint
            .open(Arc::clone(&setting.tokens), registry(names));
        setting
    }

    pub(super) fn serve(self, limits: Limits) -> Served {
        let bound = listen::tokens(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let address = bound.addresses()[0];
        let (stop, stopped) = oneshot::channel::<()>();
        let endpoint = Arc::clone(&self.endpoint);
        let task = tokio::spawn(serve(bound, endpoint, limits, async move {
            let _ = stopped.await;
        }));
        Served { setting: self, address, stop, task }
    }
}

/// An endpoint that listens.
pub(super) struct Served {
    pub(super) setting: Setting,
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) task: JoinHandle<usize>,
}

pub(super) fn one() -> Served {
    Setting::with(&[("api", API)]).serve(LIMITS)
}

impl Served {
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `bytes` and reads until the server closes. A reset counts as the end.
    pub(super) async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // The server may answer and close before everything is sent.
        let _ = stream.write_all(bytes.as_ref()).await;
        to_end(&mut stream).await
    }

    /// A well-formed request for `target`, answered with date and request id taken out.
    pub(super) async fn get(&self, target: &str) -> String {
        plain(
            &self
                .raw(request("GET", target, &[("Metadata", "true")]))
                .await,
        )
    }
}
