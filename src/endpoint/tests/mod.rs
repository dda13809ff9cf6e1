//! The whole endpoint over real loopback sockets, with invented tokens behind it.

mod absolute;
mod admin;
mod app_service;
mod cloud_shell;
mod contract;
mod flood;
mod form;
mod leftovers;
mod life;
mod lines;
mod memory;
mod metadata;
mod never;
mod not_found;
mod wait_limits;
mod wire;

use std::{
    collections::HashMap,
    future::pending,
    io,
    net::SocketAddr,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use super::{Endpoint, listen};
use crate::{
    broker::{Freshness, Grant, Source, Tokens},
    clock::{Clock, Random, UnixTime},
    exchange::Key,
    failure::{Category, Class, Failure},
    identity::{Entry, Learned, Registry, Rules},
    server::{Limits, serve},
    token::{Secret, Token},
};

pub(super) const API: &str = "aaaaaaaa-1111-2222-3333-444444444444";
pub(super) const BATCH: &str = "bbbbbbbb-1111-2222-3333-444444444444";
pub(super) const NOW: u64 = 1_800_000_000;
pub(super) const LIMITS: Limits = Limits {
    connections: 64,
    connections_setting: Some("WISP_MAX_CONNECTIONS"),
    pace: None,
    idle: Duration::from_secs(10),
    drain: Duration::from_secs(2),
};

/// A wall clock that stands still until it is moved.
#[derive(Clone)]
pub(super) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(super) fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::Relaxed);
    }

    pub(super) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(self.0.load(Ordering::Relaxed))
    }
}

struct Zero;

impl Random for Zero {
    fn bits(&self) -> u64 {
        0
    }
}

/// Tokens for every key, except for resources that fail and for `api://slow`, which waits until it is released.
pub(super) struct Invented {
    pub(super) asked: Mutex<Vec<Key>>,
    pub(super) freshness_asked: Mutex<Vec<Freshness>>,
    pub(super) failures: HashMap<&'static str, Failure>,
    pub(super) release: Notify,
    pub(super) remaining: Duration,
}

impl Invented {
    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Tokens for Invented {
    async fn fresh(&self, key: &Key, freshness: Freshness) -> Result<Grant, Failure> {
        self.freshness_asked.lock().unwrap().push(freshness);
        self.asked.lock().unwrap().push(key.clone());
        match key.resource.as_str() {
            "api://slow" => self.release.notified().await,
            "api://stuck" => pending().await,
            resource => {
                if let Some(failure) = self.failures.get(resource) {
                    return Err(failure.clone());
                }
            }
        }
        let token = Token {
            secret: Secret::new("eyJ.marked.secret".into()),
            requested_at: UnixTime::from_secs(NOW),
            expires_at: UnixTime::from_secs(NOW + 3600),
            extended_lifetime: Duration::from_secs(3600),
            refresh_in: None,
        };
        Ok(Grant { token: Arc::new(token), remaining: self.remaining, source: Source::Exchanged })
    }
}

pub(super) fn registry(names: &[(&str, &str)]) -> Arc<Registry> {
    let entries: Vec<_> = names
        .iter()
        .map(|(name, id)| Entry {
            name: (*name).into(),
            client_id: id.parse().unwrap(),
            tenant: "contoso.com".parse().unwrap(),
            object_id: None,
            resource_id: None,
        })
        .collect();
    let rules = Rules {
        authority: "https://login.microsoftonline.com".parse().unwrap(),
        via_token_proxy: false,
        default: if let [only] = &entries[..] { Some(only.client_id.clone()) } else { None },
        resources: Vec::new(),
    };
    Arc::new(Registry::new(entries, rules, Arc::new(Learned::default())))
}

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

pub(super) fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers
        .iter()
        .flat_map(|(name, value)| [name, ": ", value, "\r\n"])
        .collect();
    format!("{method} {target} HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n{headers}\r\n")
}

/// The IMDS path with a valid version and `rest` of the query.
pub(super) fn target(rest: &str) -> String {
    format!("/metadata/identity/oauth2/token?api-version=2018-02-01&{rest}")
}

pub(super) async fn to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}"),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Reads one answer from a connection that stays open.
pub(super) async fn one_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length")
                .unwrap()
                .parse::<usize>()
                .unwrap();
            if body.len() >= length {
                assert_eq!(body.len(), length);
                return text;
            }
        }
        let mut bytes = vec![0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
}

pub(super) fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .map(str::trim_end)
}

/// Takes out what differs from run to run, and shows line ends plainly.
pub(super) fn plain(answer: &str) -> String {
    answer
        .lines()
        .filter(|line| !line.starts_with("date: ") && !line.starts_with("connection: "))
        .map(|line| line.replace(env!("CARGO_PKG_VERSION"), "VERSION") + "\n")
        .collect()
}

/// Everything logged by this thread while it lives.
pub(super) struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Log {
    pub(super) fn from(level: tracing::Level) -> Self {
        // With a single subscriber, tracing asks the thread that first reaches a log line whether anyone wants it, and
        // that may be another test's thread, where nobody does. A second one makes it ask them all.
        static SECOND: LazyLock<tracing::Dispatch> = LazyLock::new(|| {
            tracing_subscriber::fmt()
                .with_writer(io::sink)
                .finish()
                .into()
        });
        LazyLock::force(&SECOND);
        let text = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&text);
        let filter = tracing_subscriber::filter::Targets::new().with_default(level);
        let (_, subscriber) =
            crate::observe::log::new(crate::observe::log::Format::Json, filter, move || {
                Shared(Arc::clone(&writer))
            });
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.text.lock().unwrap().clone()).unwrap();
        text.lines().map(Into::into).collect()
    }
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
