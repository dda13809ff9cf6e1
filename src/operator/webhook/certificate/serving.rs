//! The certificate that is served at this moment, and whether the API server trusts it.

use std::{sync::Arc, time::Duration};

use parking_lot::RwLock;
use rustls::{
    ServerConfig,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::time::Instant;

use super::{configuration::Configuration, pair::Pair};
use crate::{clock::UnixTime, entra::crypto_provider};

/// What is served.
#[derive(Debug)]
pub(crate) struct Serving {
    /// The name by which the API server calls.
    host: String,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    pair: Option<Pair>,
    is_trusted: bool,
    /// What is wrong, for whoever asks why it is not ready.
    error: Option<String>,
    /// The API server's time, and when it was that.
    now: Option<(UnixTime, Instant)>,
    /// Since when the configuration trusts a certificate that is not served yet.
    trusted_since: Option<(Pair, Instant)>,
}

/// Whether requests are of use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Readiness {
    /// What is left of the certificate's life.
    pub remaining: Duration,
    /// Whether the configuration trusts it.
    pub is_trusted: bool,
    /// What is wrong.
    pub error: Option<String>,
}

impl Readiness {
    /// Whether the API server's requests are answered.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_trusted && !self.remaining.is_zero()
    }
}

impl Serving {
    /// Nothing yet. The API server calls by the name `host`.
    pub(crate) fn new(host: String) -> Self {
        Self { host, state: RwLock::default() }
    }

    /// TLS with whatever certificate is served by then.
    pub(crate) fn tls(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(crypto_provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session would not look at a new certificate, and API servers keep their connections.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(config)
    }

    /// How it stands.
    pub(crate) fn readiness(&self) -> Readiness {
        let state = self.state.read();
        let remaining = match (&state.pair, state.now) {
            (Some(pair), Some((now, at))) => pair.validity.until.saturating_since(now + at.elapsed()),
            _ => Duration::ZERO,
        };
        Readiness { remaining, is_trusted: state.is_trusted, error: state.error.clone() }
    }

    /// What is served.
    #[cfg(test)]
    pub(super) fn served(&self) -> Option<Pair> {
        self.state.read().pair.clone()
    }

    /// Something went wrong, and nothing changes.
    pub(super) fn fail(&self, error: String) {
        self.state.write().error = Some(error);
    }

    /// There is `candidate` to be served, and the API server has `configuration`; none when that cannot be read. A certificate
    /// that is trusted stays until the next one has been for `settling`.
    pub(super) fn consider(
        &self,
        candidate: &Pair,
        configuration: Option<&Configuration>,
        now: UnixTime,
        settling: Duration,
    ) {
        let mut state = self.state.write();
        state.now = Some((now, Instant::now()));
        let Some(configuration) = configuration else {
            // What was trusted is trusted until the configuration says otherwise.
            state.pair.get_or_insert_with(|| candidate.clone());
            return;
        };
        let trusts = |pair: &Pair| configuration.trusts(pair, &self.host, now);
        let works = |pair: &Pair| pair.validity.includes(now) && trusts(pair).is_ok();
        let is_trusted = trusts(candidate).is_ok();
        if state.pair.as_ref().is_some_and(|pair| pair.is(candidate)) {
            state.trusted_since = None;
        } else if !state.pair.as_ref().is_some_and(works)
            || state.has_settled(candidate, is_trusted, settling)
        {
            state.pair = Some(candidate.clone());
            state.trusted_since = None;
            tracing::info!(
                operation = "certificate",
                valid_seconds = candidate.validity.until.saturating_since(now).as_secs(),
                trusted = is_trusted,
                "serving a new certificate"
            );
        }
        let served = state.pair.as_ref().map_or(Ok(()), trusts);
        state.is_trusted = served.is_ok();
        state.error = served.err().map(|error| {
            format!("the webhook's configuration does not trust the certificate for {}: {error}", self.host)
        });
    }

    /// Why `candidate` is not served, while one is that works.
    pub(super) fn obstacle(&self, candidate: &Pair, configuration: &Configuration) -> Option<String> {
        let state = self.state.read();
        let now = state.now?.0;
        state.pair.as_ref().filter(|pair| !pair.is(candidate))?;
        let error = configuration.trusts(candidate, &self.host, now).err()?;
        Some(format!(
            "the webhook's configuration does not trust the new certificate for {}: {error}; the one before it is served, for as long as that \
             is valid: put the authority of the new one into `caBundle`, beside the other",
            self.host
        ))
    }

    /// Whether a certificate waits to be served.
    pub(super) fn is_settling(&self) -> bool {
        self.state.read().trusted_since.is_some()
    }
}

impl State {
    /// Whether `candidate` was trusted for long enough.
    fn has_settled(&mut self, candidate: &Pair, is_trusted: bool, settling: Duration) -> bool {
        if !is_trusted {
            self.trusted_since = None;
            return false;
        }
        match &self.trusted_since {
            Some((pair, since)) if pair.is(candidate) => since.elapsed() >= settling,
            _ => {
                self.trusted_since = Some((candidate.clone(), Instant::now()));
                settling.is_zero()
            }
        }
    }
}

impl ResolvesServerCert for Serving {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.state
            .read()
            .pair
            .as_ref()
            .map(|pair| Arc::clone(&pair.key))
    }
}
