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
    transport::{Excess, Route, Transport},
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
    /// Whether it is a page for people.
    pub(crate) is_html: bool,
    /// Whether a header of Azure's own services came with it.
    pub(crate) has_azure_header: bool,
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
    /// TLS that nobody answers, or that ends before a certificate comes.
    Handshake,
    /// TLS: the certificate, or what it protects with.
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

    /// The same past the HTTP proxy.
    pub(crate) fn directly(self) -> Self {
        let dialled = host_and_port(&self.base).unwrap_or_default();
        Self { proxy: None, dialled, ..self }
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
        self.fetch(path, &[], Excess::Refused).await
    }

    /// The same with more headers, and of an answer of any length: what is not read of it is cut.
    pub(crate) async fn probe(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Page, LookError> {
        self.fetch(path, headers, Excess::Cut).await
    }

    async fn fetch(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        excess: Excess,
    ) -> Result<Page, LookError> {
        let url = format!("{}{path}", self.base);
        let host = self.host_header.iter().map(|host| ("host", host.as_str()));
        let headers: Vec<_> = host.chain(headers.iter().copied()).collect();
        match self.transport.get(&url, &headers, excess).await {
            Ok(Ok(reply)) => Ok(Page {
                status: reply.status,
                date: reply.date(),
                location: reply.location.as_deref().map(|to| text::cut(to, 120)),
                challenge: reply.challenge,
                error_code: reply.error_code,
                is_html: is_html(reply.content_type.as_deref(), &reply.body),
                has_azure_header: reply.has_azure_header,
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
        if *error == TransportError::ConnectTimeout && self.has_connected() {
            let found = format!("TCP to {} is open, TLS is not answered", self.host);
            let fix = format!(
                "let nothing on the way hold up TLS with {}: a firewall that inspects it, or a load balancer without servers.",
                self.host
            );
            return LookError { step: Step::Handshake, found, fix };
        }
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
            TransportError::Dropped if self.witness.issuers().is_empty() => Step::Handshake,
            TransportError::Timeout
            | TransportError::Dropped
            | TransportError::NotHttp
            | TransportError::TooLarge
            | TransportError::Other(_) => Step::Answer,
        };
        LookError { step, found, fix }
    }

    /// Whether there was a connection on which TLS with the server was begun. With a proxy that is asked by TLS it cannot be told.
    fn has_connected(&self) -> bool {
        let is_asked_by_tls = |proxy: &str| proxy.starts_with("https:");
        self.witness.has_begun() && !self.proxy().is_some_and(is_asked_by_tls)
    }
}

/// Whether it is a page for people, by what it says of itself or by how it begins.
fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    let begins = |text: &[u8], with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    let text = body.trim_ascii_start();
    let is_declared = content_type.is_some_and(|content_type| begins(content_type.as_bytes(), "text/html"));
    is_declared
        || ["<html", "<!doctype html"]
            .into_iter()
            .any(|start| begins(text, start))
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
    use super::{host_and_port, is_html, parts};

    #[test]
    fn places_and_parts_are_found() {
        assert_eq!(host_and_port("https://[::1]:8443/x"), Some(("[::1]".to_owned(), 8443)));
        assert_eq!(host_and_port("http://proxy"), Some(("proxy".to_owned(), 80)));
        assert_eq!(parts("It is so. Fix: do that."), ("It is so".to_owned(), "do that.".to_owned()));
        assert_eq!(parts("It is so."), ("It is so".to_owned(), String::new()));
    }

    #[test]
    fn pages_for_people_are_told_from_answers() {
        for (content_type, body, expected) in [
            (Some("text/html; charset=utf-8"), "", true),
            (None, "\r\n<!DOCTYPE HTML><title>x", true),
            (Some("text/plain"), "<html>", true),
            (Some("application/json"), "{}", false),
            (Some("application/xml"), "<Error/>", false),
            (None, "", false),
        ] {
            assert_eq!(is_html(content_type, body.as_bytes()), expected, "{body}");
        }
    }
}
