//! Certificates that the webhook makes for itself.
//!
//! A new authority goes into the Secret with a certificate by it, then into the configuration beside the one before; a replica
//! serves the certificate once the configuration trusts it. So whatever step is missing when a replica dies, another one sees what
//! there is, and makes that step.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    LOOKS, TIMEOUT,
    configuration::Configuration,
    lease::Lease,
    report,
    serving::Serving,
    stored::{Due, Stored},
};
use crate::{
    clock::{Clock, UnixTime},
    operator::{
        cluster::{Answer, Api, ApiError, Call, Object, Verb},
        webhook::measures::Measures,
    },
    server::LogLimiter,
};

/// How long the configuration has trusted a new authority before a certificate by it is served: an API server uses a new
/// configuration once it has heard of it.
const SETTLING: Duration = Duration::from_secs(5);

/// An authority that is older is known to all API servers.
const KNOWN_EVERYWHERE: Duration = Duration::from_secs(60);

/// After which time to look again when something is to be done that another one does, or that did not work.
const SOON: Duration = Duration::from_secs(1);

/// What the webhook's objects are called.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The namespace of Secret and Lease.
    pub namespace: String,
    /// The Secret.
    pub secret: String,
    /// The Lease.
    pub lease: String,
    /// The MutatingWebhookConfiguration.
    pub configuration: String,
    /// This replica.
    pub replica: String,
}

/// The certificates of a webhook as one replica keeps them.
pub(crate) struct Own<A> {
    api: Arc<A>,
    clock: Arc<dyn Clock>,
    namespace: String,
    secret: Object,
    configuration: Object,
    lease: Lease,
    hosts: Vec<String>,
    life: Duration,
    serving: Arc<Serving>,
    measures: Arc<Measures>,
    warned: LogLimiter,
}

/// What is there at one moment.
struct Seen {
    secret: Option<Value>,
    stored: Option<Stored>,
    configuration: Option<Configuration>,
    /// Why there is no configuration.
    error: Option<ApiError>,
    now: UnixTime,
}

impl<A: Api> Own<A> {
    /// Certificates for `hosts` that live for `life`, shown by `serving`. `clock` counts where the API server tells no time.
    pub(crate) fn new(
        api: Arc<A>,
        clock: Arc<dyn Clock>,
        names: Names,
        hosts: Vec<String>,
        life: Duration,
        serving: Arc<Serving>,
        measures: Arc<Measures>,
    ) -> Self {
        let Names { namespace, secret, lease, configuration, replica } = names;
        Self {
            api,
            clock,
            secret: Object::secret(&namespace, &secret),
            configuration: Object::mutating_webhooks(&configuration),
            lease: Lease::new(&namespace, &lease, replica),
            namespace,
            hosts,
            life,
            serving,
            measures,
            warned: LogLimiter::default(),
        }
    }

    /// Looks and does what is due, until it is dropped.
    pub(crate) async fn run(mut self) {
        loop {
            let wait = self.step().await;
            sleep(wait).await;
        }
    }

    /// Looks once and does what is due. The answer is when to look again.
    pub(super) async fn step(&mut self) -> Duration {
        let (least, most) = LOOKS;
        let usual = (self.life / 24).clamp(least, most);
        match self.look_and_act().await {
            // Another life may have been asked for when the certificate was made.
            Ok(Some(until_due)) if self.serving.readiness().is_ready() && !self.serving.is_settling() => {
                usual.min(until_due).max(least)
            }
            Ok(_) => SOON.min(usual),
            Err(error) => {
                report(error, &self.serving, &self.measures, &self.warned);
                SOON.max(least)
            }
        }
    }

    /// How long nothing is due, where everything is as it should be. An error is told to whoever runs the webhook.
    async fn look_and_act(&mut self) -> Result<Option<Duration>, String> {
        let mut seen = self.look().await.map_err(|error| error.to_string())?;
        let done = self.act(&mut seen).await;
        // Whatever could not be done, what is there is served.
        if let Some(stored) = &seen.stored {
            let settling = self.settling(stored, seen.now);
            self.serving
                .consider(&stored.pair, seen.configuration.as_ref(), seen.now, settling);
        }
        match (done, seen.error) {
            (Err(error), _) => Err(error),
            (_, Some(ApiError::NotFound(object))) => {
                Err(format!("{object} is not there: apply the webhook's manifests"))
            }
            (_, Some(error)) => Err(error.to_string()),
            (Ok(done), None) => {
                let until_due = seen.stored.map(|stored| stored.until_due(seen.now));
                Ok(until_due.filter(|_| done))
            }
        }
    }

    async fn look(&self) -> Result<Seen, ApiError> {
        let secret = match self.call(Verb::Get, &self.secret, None).await {
            Ok(answer) => Some(answer),
            Err(ApiError::NotFound(_)) => None,
            Err(error) => return Err(error),
        };
        let configuration = self.call(Verb::Get, &self.configuration, None).await;
        let dates = [secret.as_ref(), configuration.as_ref().ok()].map(|answer| answer?.date);
        let now = dates
            .into_iter()
            .flatten()
            .max()
            .unwrap_or_else(|| self.clock.wall());
        let secret = secret.map(|answer| answer.object);
        let (configuration, error) = match configuration {
            Ok(answer) => (Some(Configuration::new(answer.object)), None),
            // Nobody trusts anybody then.
            Err(error @ ApiError::NotFound(_)) => (Some(Configuration::new(Value::Null)), Some(error)),
            Err(error) => (None, Some(error)),
        };
        let stored = secret.as_ref().and_then(Stored::read);
        Ok(Seen { secret, stored, configuration, error, now })
    }

    /// Makes what is due, if this replica may. The answer is whether nothing is left to do.
    async fn act(&mut self, seen: &mut Seen) -> Result<bool, String> {
        let due = |seen: &Seen| {
            seen.stored
                .as_ref()
                .map_or(Due::Authority, |stored| stored.due(&self.hosts, self.life, seen.now))
        };
        let is_missing = |seen: &Seen| {
            let pair = seen.configuration.as_ref().zip(seen.stored.as_ref());
            pair.is_some_and(|(configuration, stored)| !configuration.has(&stored.authority_der))
        };
        let due = due(seen);
        if due == Due::Nothing && !is_missing(seen) {
            return Ok(true);
        }
        let acquired = self.lease.acquire(&*self.api, seen.now).await;
        if !acquired.map_err(|error| error.to_string())? {
            return Ok(false);
        }
        let mut done = due == Due::Nothing || self.renew(seen, due).await?;
        if done && is_missing(seen) {
            done = self.announce(seen).await?;
        }
        self.lease.release(&*self.api, seen.now).await;
        Ok(done)
    }

    /// Makes a certificate and writes it to the Secret. Not, if another one wrote first.
    async fn renew(&self, seen: &mut Seen, due: Due) -> Result<bool, String> {
        let stored = Stored::renewed(seen.stored.as_ref(), &self.hosts, self.life, seen.now)
            .map_err(|error| error.to_string())?;
        let (verb, secret) = match &seen.secret {
            Some(secret) => (Verb::Update, secret.clone()),
            None => (Verb::Create, self.new_secret()),
        };
        match self
            .call(verb, &self.secret, Some(&stored.write(secret)))
            .await
        {
            Ok(answer) => seen.secret = Some(answer.object),
            Err(ApiError::Conflict(_) | ApiError::NotFound(_)) => return Ok(false),
            Err(error) => return Err(error.to_string()),
        }
        seen.stored = Some(stored);
        let add = |counter: &std::sync::atomic::AtomicU64| {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        };
        add(&self.measures.leaves);
        if due == Due::Authority {
            add(&self.measures.authorities);
        }
        let made = if due == Due::Authority { "authority and certificate" } else { "certificate" };
        tracing::info!(
            operation = "certificate",
            result = "success",
            "made a new {made}, in {}",
            self.secret
        );
        Ok(true)
    }

    /// Has the configuration trust the authority. Not, if another one wrote first.
    async fn announce(&self, seen: &mut Seen) -> Result<bool, String> {
        let (Some(configuration), Some(stored)) = (&seen.configuration, &seen.stored) else {
            return Ok(true);
        };
        let object = configuration.with(&stored.authority_der, seen.now);
        match self
            .call(Verb::Update, &self.configuration, Some(&object))
            .await
        {
            Ok(answer) => seen.configuration = Some(Configuration::new(answer.object)),
            Err(ApiError::Conflict(_) | ApiError::NotFound(_)) => return Ok(false),
            Err(error) => return Err(error.to_string()),
        }
        tracing::info!(
            operation = "certificate",
            result = "success",
            "{} trusts the new authority",
            self.configuration
        );
        Ok(true)
    }

    /// How long a certificate waits once it is trusted.
    fn settling(&self, stored: &Stored, now: UnixTime) -> Duration {
        if stored.authority_age(now) >= KNOWN_EVERYWHERE.min(self.life / 4) {
            return Duration::ZERO;
        }
        SETTLING.min(self.life / 10)
    }

    fn new_secret(&self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {
                "name": self.secret.name(), "namespace": self.namespace,
                "labels": {"app.kubernetes.io/name": "wisp-webhook", "app.kubernetes.io/managed-by": "wispctl"},
            },
        })
    }

    async fn call(&self, verb: Verb, object: &Object, body: Option<&Value>) -> Result<Answer, ApiError> {
        self.api
            .call(Call { verb, object, body, timeout: TIMEOUT })
            .await
    }
}
