//! The exchange of a projected token for an access token.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    time::Duration,
};

use super::{
    authority,
    classify::{self, RequestInfo},
    proxy::{NoProxy, ProxyUrl},
    response::{self, Content, Issued},
    token_proxy,
    transport::{Request, Route, Transport},
    transport_error::Destination,
    trust::{self, RootsError, Trust},
};
use crate::{
    assertion::{Assertion, TokenFile, TokenUse},
    clock::{Clock, Random, UnixTime},
    exchange::{Exchange, Key},
    failure::{Category, Class, Failure},
    token::Token,
};

/// How an assertion is marked as a JWT (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The setting that names Entra's host.
pub(super) const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";

/// What the exchange needs to know. The names of the settings stand in brackets.
#[derive(Clone, Debug)]
pub struct Config {
    /// The projected token (`AZURE_FEDERATED_TOKEN_FILE`).
    pub token_file: PathBuf,
    /// Root certificates besides the system's (`WISP_CA_FILE`).
    pub ca_file: Option<PathBuf>,
    /// Root certificates in place of the system's (`SSL_CERT_FILE`).
    pub ssl_cert_file: Option<PathBuf>,
    /// The proxy to tunnel through (`HTTPS_PROXY`). Never used for the token proxy, which is inside the cluster.
    pub https_proxy: Option<ProxyUrl>,
    /// The hosts that are reached without it (`NO_PROXY`).
    pub no_proxy: NoProxy,
    /// The limit for name, TCP and TLS.
    pub connect_timeout: Duration,
    /// The limit for a whole request.
    pub attempt_timeout: Duration,
    /// The cluster's token proxy (`AZURE_KUBERNETES_*`).
    pub token_proxy: Option<token_proxy::Config>,
}

impl Config {
    /// What the settings are read into: nothing of it is ever seen.
    pub(crate) fn placeholder() -> Self {
        Self {
            token_file: PathBuf::new(),
            ca_file: None,
            ssl_cert_file: None,
            https_proxy: None,
            no_proxy: NoProxy::default(),
            connect_timeout: Duration::ZERO,
            attempt_timeout: Duration::ZERO,
            token_proxy: None,
        }
    }
}

/// Why no exchange could ever succeed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum StartError {
    /// Root certificates that cannot be used.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// Settings of the token proxy that do not fit together.
    #[error(transparent)]
    TokenProxy(#[from] token_proxy::StartError),
}

/// Entra, as one who asks it for tokens sees it.
pub(crate) struct Entra<C, R> {
    token_file: TokenFile,
    direct: Transport,
    token_proxy: Option<(token_proxy::Config, Transport)>,
    https_proxy: Option<String>,
    no_proxy: NoProxy,
    clock: C,
    random: R,
}

impl<C: Clock, R: Random> Entra<C, R> {
    /// Sets everything up but TLS, which waits for the first exchange or for [`Entra::warm`].
    ///
    /// Fails where no exchange could ever succeed. Of files only those are read that settings name as roots; only the token
    /// proxy's must be there already.
    pub(crate) fn new(config: Config, clock: C, random: R) -> Result<Self, StartError> {
        let (direct, token_proxy) = routes(&config)?;
        Ok(Self {
            token_file: TokenFile::new(config.token_file),
            https_proxy: direct.https_proxy.as_ref().map(ToString::to_string),
            direct: Transport::new(direct),
            no_proxy: config.no_proxy,
            token_proxy: token_proxy.map(|(proxy, route)| (proxy, Transport::new(route))),
            clock,
            random,
        })
    }

    /// Builds the TLS client, so that the first exchange need not. Fails if the trusted roots cannot be read; each exchange
    /// would try again.
    pub(crate) async fn warm(&self) -> Result<(), Failure> {
        let transport = self
            .token_proxy
            .as_ref()
            .map_or(&self.direct, |(_, transport)| transport);
        transport.client().await.map(drop)
    }

    /// One token request with an assertion that stands in no file.
    #[cfg(feature = "wispctl")]
    pub(crate) async fn exchange_with(&self, key: &Key, assertion: &Assertion) -> Result<Token, Failure> {
        self.request(key, assertion).await
    }

    /// What asks other addresses as Entra is asked: with the same roots and by the same proxy.
    #[cfg(feature = "wispctl")]
    pub(crate) async fn http(&self) -> Result<reqwest::Client, Failure> {
        self.direct.client().await
    }

    async fn request(&self, key: &Key, assertion: &Assertion) -> Result<Token, Failure> {
        let id = self.random.uuid();
        let path = authority::token_path(&key.tenant);
        let scope = key.resource.scope();
        let form = [
            ("client_id", key.client_id.as_str()),
            ("scope", &scope),
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion.secret.expose()),
        ];
        let requested_at = self.clock.wall();
        let reply = if key.via_token_proxy {
            let (proxy, transport) = self.token_proxy.as_ref().ok_or_else(no_token_proxy)?;
            let host = proxy.host();
            let to = Destination { host: &host, proxy: None, setting: token_proxy::PROXY };
            let (url, host) = (proxy.url(&path), Some(host.as_str()));
            transport
                .post(Request { url: &url, host, form: &form, id: &id, to })
                .await?
        } else {
            let host = authority::host_and_port(&key.authority);
            let proxy = self
                .https_proxy
                .as_deref()
                .filter(|_| !self.no_proxy.excludes(&key.authority));
            let to = Destination { host, proxy, setting: AUTHORITY };
            let url = format!("{}{path}", key.authority);
            self.direct
                .post(Request { url: &url, host: None, form: &form, id: &id, to })
                .await?
        };
        tracing::debug!(client_request_id = id, status = reply.status, "token endpoint answered");
        match response::read(reply.status, &reply.body) {
            Content::Token(issued) => Ok(token(issued, requested_at, id)),
            Content::Refused(error_reply) => {
                Err(classify::refused(&reply, &error_reply, self.request_info(key, assertion, &id)))
            }
            Content::Unexpected(unexpected) => {
                Err(classify::unexpected_reply(&reply, &unexpected, self.request_info(key, assertion, &id)))
            }
        }
    }

    fn request_info<'a>(&self, key: &Key, assertion: &'a Assertion, request_id: &'a str) -> RequestInfo<'a> {
        let used = TokenUse {
            expected_audience: authority::cloud(&key.authority).map(|cloud| cloud.audience),
            via_token_proxy: key.via_token_proxy,
        };
        RequestInfo { claims: &assertion.claims, used, request_id, now: self.clock.wall() }
    }
}

impl<C: Clock, R: Random> Exchange for Entra<C, R> {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        let assertion = self.token_file.read()?;
        let failure = match self.request(key, &assertion).await {
            Ok(token) => return Ok(token),
            Err(failure) => failure,
        };
        if failure.class != Class::Assertion {
            return Err(failure);
        }
        // The kubelet may have replaced the token between the read and Entra's look at it.
        match self.token_file.read() {
            Ok(fresh) if fresh.secret.expose() != assertion.secret.expose() => {
                self.request(key, &fresh).await
            }
            _ => Err(failure),
        }
    }

    fn credential_version(&self) -> u64 {
        let proxy = self
            .token_proxy
            .iter()
            .flat_map(|(_, transport)| transport.versions());
        let mut hasher = DefaultHasher::new();
        self.token_file.version().hash(&mut hasher);
        // New roots end failures too.
        for version in self.direct.versions().chain(proxy) {
            version.hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// The way to Entra, and the way to the cluster's token proxy where there is one.
pub(super) fn routes(config: &Config) -> Result<(Route, Option<(token_proxy::Config, Route)>), StartError> {
    let bundles = [(trust::SYSTEM_SETTING, &config.ssl_cert_file), (trust::EXTRA_SETTING, &config.ca_file)];
    for (setting, path) in bundles {
        path.as_deref()
            .map_or(Ok(()), |path| trust::check_roots(setting, path))?;
    }
    let direct = Route {
        trust: Trust::System { bundle: config.ssl_cert_file.clone(), extra: config.ca_file.clone() },
        https_proxy: config.https_proxy.clone(),
        no_proxy: config.no_proxy.clone(),
        resolver: None,
        connect_timeout: config.connect_timeout,
        attempt_timeout: config.attempt_timeout,
        witness: None,
    };
    let Some(proxy) = &config.token_proxy else { return Ok((direct, None)) };
    let route = Route {
        trust: proxy.trust(direct.trust.clone())?,
        https_proxy: None,
        no_proxy: NoProxy::default(),
        resolver: proxy.resolver(),
        ..direct.clone()
    };
    Ok((direct, Some((proxy.clone(), route))))
}

fn token(issued: Issued, requested_at: UnixTime, id: String) -> Token {
    let Issued { secret, expires_in, ext_expires_in, refresh_in } = issued;
    Token {
        secret,
        requested_at,
        expires_at: requested_at + expires_in,
        extended_lifetime: ext_expires_in.unwrap_or_default().max(expires_in),
        refresh_in: refresh_in.filter(|refresh| *refresh < expires_in),
        correlation_id: Some(id.into_boxed_str()),
    }
}

fn no_token_proxy() -> Failure {
    let description =
        format!("The token proxy is asked for but not set up. Fix: set {}.", token_proxy::PROXY);
    Failure::new(Class::Permanent, Category::Configuration, "invalid_request", description)
}

#[cfg(test)]
#[cfg(feature = "wispctl")]
mod tests;
