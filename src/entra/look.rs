//! The way to a server, looked at step by step by those who explain what is wrong: where it ends, and what was met on it. It is
//! the way of exchanges: the same roots, proxy, limits and look-ups.

use std::{net::IpAddr, time::Duration};

use reqwest::Url;
use zeroize::Zeroizing;

use super::{
    authority,
    exchange::{AUTHORITY, Config, StartError, routes},
    lookup::Lookup,
    text,
    tls::Witness,
    token_proxy,
    transport::{Route, Transport},
    transport_error::{Destination, TransportError},
};
use crate::{clock::UnixTime, names::Authority};

/// The way to one server.
pub(crate) struct Look {
    transport: Transport,
    witness: Witness,
    /// What paths are put behind.
    base: String,
    /// The `Host` header, where it is not the host of the URL.
    host_header: Option<String>,
    /// Host and port, for people.
    host: String,
    /// The HTTP proxy on the way, without its login.
    proxy: Option<String>,
    setting: &'static str,
    /// Whom to connect to first.
    dialled: (String, u16),
    limit: Duration,
}

/// An answer, with any status.
pub(crate) struct Page {
    /// The HTTP status.
    pub(crate) status: u16,
    /// At most 256 KiB.
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// The other side's time.
    pub(crate) date: Option<UnixTime>,
    /// Where a redirect would lead, as sent.
    pub(crate) location: Option<String>,
    /// What a resource wants to see.
    pub(crate) challenge: Option<String>,
    /// A resource's word for what is wrong.
    pub(crate) error_code: Option<String>,
}

/// What of the way fails.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Step {
    /// The name of the server.
    Name,
    /// The connection to it.
    Connect,
    /// The HTTP proxy: its name, the connection to it, or what it allows.
    Proxy,
    /// TLS.
    Tls,
    /// The answer.
    Answer,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LookError {
    /// What fails.
    pub(crate) step: Step,
    /// What happened, in one sentence.
    pub(crate) found: String,
    /// What to do.
    pub(crate) fix: String,
}

impl Look {
    /// The way to Entra, or to the token proxy that stands before it.
    pub(crate) fn authority(
        config: &Config,
        authority: &Authority,
        via_token_proxy: bool,
    ) -> Result<Self, StartError> {
        let (direct, token_proxy) = routes(config)?;
        if via_token_proxy && let Some((proxy, route)) = token_proxy {
            let look = Self::by(route, proxy.url(""), proxy.host(), token_proxy::PROXY);
            return Ok(Self { host_header: Some(proxy.host()), dialled: proxy.dialled(), ..look });
        }
        let host = authority::host_and_port(authority).to_owned();
        Ok(Self::by(direct, authority.to_string(), host, AUTHORITY).through(config, authority))
    }

    /// The way to another server, an https origin, of which `what` says where it was named.
    pub(crate) fn other(config: &Config, origin: &Authority, what: &'static str) -> Result<Self, StartError> {
        let (direct, _) = routes(config)?;
        let host = authority::host_and_port(origin).to_owned();
        Ok(Self::by(direct, origin.to_string(), host, what).through(config, origin))
    }

    fn by(route: Route, base: String, host: String, setting: &'static str) -> Self {
        let witness = Witness::default();
        let limit = route.connect_timeout;
        let dialled = host_and_port(&base).unwrap_or_default();
        let transport = Transport::new(Route { witness: Some(witness.clone()), ..route });
        Self { transport, witness, base, host_header: None, host, proxy: None, setting, dialled, limit }
    }

    fn through(self, config: &Config, origin: &Authority) -> Self {
        let proxy = config
            .https_proxy
            .as_ref()
            .filter(|_| !config.no_proxy.excludes(origin));
        let Some(proxy) = proxy else { return self };
        let dialled = host_and_port(proxy.url().as_str()).unwrap_or_default();
        Self { proxy: Some(proxy.to_string()), dialled, ..self }
    }

    /// Host, and port where it is not the usual one.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The HTTP proxy on the way, without its login.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Who issued the certificates that the server presented: its own first. None before there was TLS.
    pub(crate) fn issuers(&self) -> Vec<String> {
        self.witness.issuers()
    }

    /// The addresses of whom to connect to first: the server, or the proxy before it. None where they are not told in time.
    pub(crate) async fn addresses(&self) -> Vec<IpAddr> {
        let (host, port) = self.dialled.clone();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let found = tokio::time::timeout(self.limit, Lookup::of_process().addresses(host, port)).await;
        let mut addresses: Vec<_> = found
            .ok()
            .and_then(Result::ok)
            .unwrap_or_default()
            .into_iter()
            .map(|address| address.ip())
            .collect();
        addresses.dedup();
        addresses
    }

    /// Fetches `path`, which begins with a slash. Redirects are not followed.
    pub(crate) async fn get(&self, path: &str) -> Result<Page, LookError> {
        self.get_with(path, &[]).await
    }

    /// The same with more headers.
    pub(crate) async fn get_with(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Page, LookError> {
        let url = format!("{}{path}", self.base);
        let host = self.host_header.iter().map(|host| ("host", host.as_str()));
        let headers: Vec<_> = host.chain(headers.iter().copied()).collect();
        match self.transport.get(&url, &headers).await {
            Ok(Ok(reply)) => Ok(Page {
                status: reply.status,
                date: reply.date(),
                location: reply.location.as_deref().map(|to| text::cut(to, 120)),
                challenge: reply.challenge,
                error_code: reply.error_code,
                body: reply.body,
            }),
            Ok(Err(error)) => Err(self.error(&error)),
            // Roots that cannot be read.
            Err(failure) => {
                let (found, fix) = parts(&failure.description);
                Err(LookError { step: Step::Tls, found, fix })
            }
        }
    }

    fn error(&self, error: &TransportError) -> LookError {
        let to = Destination { host: &self.host, proxy: self.proxy.as_deref(), setting: self.setting };
        let (_, found, fix) = error.explain(to);
        let (name, connect) =
            if self.proxy.is_some() { (Step::Proxy, Step::Proxy) } else { (Step::Name, Step::Connect) };
        let step = match error {
            TransportError::Dns | TransportError::DnsSilence => name,
            TransportError::ConnectTimeout | TransportError::Refused | TransportError::NoRoute => connect,
            TransportError::Proxy | TransportError::ProxyLogin => Step::Proxy,
            TransportError::UnknownIssuer
            | TransportError::CertificateExpired
            | TransportError::CertificateNotYetValid
            | TransportError::CertificateName
            | TransportError::Tls(_) => Step::Tls,
            // Firewalls that filter by name cut a connection before a certificate comes.
            TransportError::Dropped if self.witness.issuers().is_empty() => Step::Tls,
            TransportError::Timeout
            | TransportError::Dropped
            | TransportError::NotHttp
            | TransportError::TooLarge
            | TransportError::Other(_) => Step::Answer,
        };
        LookError { step, found, fix }
    }
}

/// A description that says after "Fix:" what to do, in its two parts.
pub(crate) fn parts(description: &str) -> (String, String) {
    let (found, fix) = description
        .split_once(" Fix: ")
        .unwrap_or((description, ""));
    (found.trim_end_matches('.').to_owned(), fix.to_owned())
}

/// Host and port of a URL.
fn host_and_port(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::{host_and_port, parts};

    #[test]
    fn places_and_parts_are_found() {
        assert_eq!(host_and_port("https://[::1]:8443/x"), Some(("[::1]".to_owned(), 8443)));
        assert_eq!(host_and_port("http://proxy"), Some(("proxy".to_owned(), 80)));
        assert_eq!(parts("It is so. Fix: do that."), ("It is so".to_owned(), "do that.".to_owned()));
        assert_eq!(parts("It is so."), ("It is so".to_owned(), String::new()));
    }
}
