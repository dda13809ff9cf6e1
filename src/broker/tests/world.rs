//! A scripted Entra on tokio's paused clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    broker::{Broker, Config, Grant, Tokens},
    clock::{Clock, Random, UnixTime},
    exchange::{Exchange, Key},
    failure::{Category, Class, Failure},
    token::{Secret, Token},
};

pub(super) type Answer = Result<Duration, Failure>;
type Script = Box<dyn Fn(&Call) -> (Duration, Answer) + Send + Sync>;

/// One exchange: the how-manieth, for which resource, how long after the beginning.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Call {
    pub(super) number: usize,
    pub(super) resource: String,
    pub(super) at: Duration,
}

/// Everything a test holds: the scripted exchange and the clocks.
#[derive(Clone)]
pub(super) struct World(Arc<Shared>);

struct Shared {
    began: Instant,
    script: Script,
    calls: Mutex<Vec<Call>>,
    credential: AtomicU64,
    credential_looks: AtomicU64,
    /// Seconds by which the wall clock has been moved against the monotonic one.
    skew: AtomicI64,
    randomness: AtomicU64,
}

const WALL_BEGAN: u64 = 1_800_000_000;

/// What tests do not set otherwise.
pub(super) fn config() -> Config {
    let mut config = Config::placeholder();
    config.request_budget = secs(8);
    config.propagation_grace = secs(120);
    config.max_tokens = 128;
    config.max_bytes = 2 << 20;
    config.new_keys_burst = 32;
    config.new_keys_per_minute = 60;
    config
}

pub(super) type TestBroker = Broker<World, World, World>;

impl World {
    /// A world in which each exchange takes the scripted time and ends as scripted: a token of that lifetime, or a failure.
    pub(super) fn new(script: impl Fn(&Call) -> (Duration, Answer) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            began: Instant::now(),
            script: Box::new(script),
            calls: Mutex::default(),
            credential: AtomicU64::new(1),
            credential_looks: AtomicU64::new(0),
            skew: AtomicI64::new(0),
            randomness: AtomicU64::new(7),
        }))
    }

    /// A world in which each exchange takes 100 ms and gives a token of `lifetime`.
    pub(super) fn healthy(lifetime: Duration) -> Self {
        Self::new(move |_| (ms(100), Ok(lifetime)))
    }

    pub(super) fn broker(&self) -> TestBroker {
        self.broker_with(config())
    }

    pub(super) fn broker_with(&self, config: Config) -> TestBroker {
        Broker::new(self.clone(), self.clone(), self.clone(), config)
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().clone()
    }

    pub(super) fn call_count(&self) -> usize {
        self.0.calls.lock().len()
    }

    /// The seconds at which exchanges were made.
    pub(super) fn call_seconds(&self) -> Vec<u64> {
        self.calls().iter().map(|c| c.at.as_secs()).collect()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    pub(super) fn replace_credential(&self) {
        self.0.credential.fetch_add(1, Ordering::Relaxed);
    }

    /// How often somebody wanted to know the credential's version.
    pub(super) fn credential_looks(&self) -> u64 {
        self.0.credential_looks.load(Ordering::Relaxed)
    }

    pub(super) fn move_wall_clock(&self, seconds: i64) {
        self.0.skew.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Exchange for World {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        let requested_at = self.wall();
        let call = {
            let mut calls = self.0.calls.lock();
            let resource = key.resource.as_str().to_owned();
            let call = Call { number: calls.len() + 1, resource, at: self.elapsed() };
            calls.push(call.clone());
            call
        };
        let (takes, answer) = (self.0.script)(&call);
        tokio::time::sleep(takes).await;
        answer.map(|lifetime| Token {
            secret: Secret::new(format!("token-{}", call.number)),
            requested_at,
            expires_at: requested_at + lifetime,
            extended_lifetime: lifetime,
            refresh_in: None,
            correlation_id: None,
        })
    }

    fn credential_version(&self) -> u64 {
        self.0.credential_looks.fetch_add(1, Ordering::Relaxed);
        self.0.credential.load(Ordering::Relaxed)
    }
}

impl Clock for World {
    fn wall(&self) -> UnixTime {
        let skewed = WALL_BEGAN.saturating_add_signed(self.0.skew.load(Ordering::Relaxed));
        UnixTime::from_secs(skewed) + self.elapsed()
    }
}

impl Random for World {
    /// A linear congruential sequence: varied, and the same in each run.
    fn bits(&self) -> u64 {
        let step = |x: u64| {
            x.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407)
        };
        let previous = self
            .0
            .randomness
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |x| Some(step(x)));
        step(previous.unwrap_or_default())
    }
}

pub(super) fn key(resource: &str) -> Key {
    Key {
        authority: "https://login.microsoftonline.com".parse().unwrap(),
        via_token_proxy: false,
        tenant: "contoso.onmicrosoft.com".parse().unwrap(),
        client_id: "aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap(),
        resource: resource.parse().unwrap(),
    }
}

pub(super) fn vault() -> Key {
    key("https://vault.azure.net")
}

pub(super) fn fail(class: Class) -> Failure {
    Failure::new(class, Category::Service, "error", "scripted")
}

/// Asks, and says how long that took.
pub(super) async fn ask(broker: &TestBroker, key: &Key) -> (Result<Grant, Failure>, Duration) {
    let before = Instant::now();
    (broker.token(key).await, before.elapsed())
}

pub(super) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(super) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(super) const fn hours(n: u64) -> Duration {
    Duration::from_secs(3600 * n)
}
