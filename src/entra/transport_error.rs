//! What kept a request from being answered, and what to do about it.

use std::{error::Error, io};

use rustls::{CertificateError, Error as TlsError};

use super::{describe::Description, text};
use crate::failure::{Category, Class, Failure};

/// Why a request had no reply from Entra.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum TransportError {
    Dns,
    DnsSilence,
    ConnectTimeout,
    Refused,
    NoRoute,
    Proxy,
    ProxyLogin,
    UnknownIssuer,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateName,
    Tls(String),
    Timeout,
    Dropped,
    NotHttp,
    TooLarge,
    Other(String),
}

/// Where a request was going.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destination<'a> {
    /// Host, and port where it is not the usual one.
    pub(super) host: &'a str,
    /// The HTTP proxy in use, without its password.
    pub(super) proxy: Option<&'a str>,
    /// The setting that names the host.
    pub(super) setting: &'static str,
}

impl TransportError {
    /// Every kind that has a sentence of its own.
    #[cfg(any(test, feature = "wispctl"))]
    pub(super) fn named() -> [Self; 16] {
        [
            Self::Dns,
            Self::DnsSilence,
            Self::ConnectTimeout,
            Self::Refused,
            Self::NoRoute,
            Self::Proxy,
            Self::ProxyLogin,
            Self::UnknownIssuer,
            Self::CertificateExpired,
            Self::CertificateNotYetValid,
            Self::CertificateName,
            Self::Tls("REASON".to_owned()),
            Self::Timeout,
            Self::Dropped,
            Self::NotHttp,
            Self::TooLarge,
        ]
    }

    /// What is behind `error`.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(found) = causes(error).find_map(of_tls) {
            return found;
        }
        if error.is_dns() {
            return Self::Dns;
        }
        if let Some(found) = causes(error).find_map(of_proxy) {
            return found;
        }
        if error.is_timeout() {
            return if error.is_connect() { Self::ConnectTimeout } else { Self::Timeout };
        }
        if let Some(found) = causes(error).find_map(of_io) {
            return found;
        }
        if let Some(found) = causes(error).find_map(of_http) {
            return found;
        }
        // The outer errors repeat the URL; the innermost names the cause.
        Self::Other(
            causes(error)
                .last()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )
    }

    /// The failure to answer with.
    pub(super) fn failure(&self, to: Destination<'_>, request_id: &str) -> Failure {
        let (category, message, fix) = self.explain(to);
        let through = to
            .proxy
            .filter(|_| *self != Self::ConnectTimeout)
            .map(|proxy| format!(" (HTTPS_PROXY is {proxy})"))
            .unwrap_or_default();
        let description = Description {
            message: format!("{message}{through}."),
            fix: &fix,
            correlation_id: Some(request_id),
            ..Description::default()
        };
        Failure {
            correlation_id: Some(request_id.to_owned()),
            ..Failure::new(Class::Transient, category, "temporarily_unavailable", description.compose())
        }
    }

    /// What it is about, what happened, and what to do.
    pub(super) fn explain(&self, to: Destination<'_>) -> (Category, String, String) {
        let Destination { host, proxy, setting } = to;
        let network = |message: String, fix: &str| (Category::Network, message, fix.to_owned());
        match self {
            Self::Dns if proxy.is_some() => network(
                "The name of the proxy could not be looked up".to_owned(),
                "check the host in HTTPS_PROXY, and that the network policy lets the pod reach the cluster's DNS.",
            ),
            Self::Dns | Self::ConnectTimeout | Self::Refused | Self::NoRoute
                if setting == super::token_proxy::PROXY =>
            {
                let what = match self {
                    Self::Dns => "could not be looked up",
                    Self::ConnectTimeout => "was not reached in time",
                    Self::Refused => "refused the connection",
                    _ => "has no route to it",
                };
                network(format!("The token proxy {host} {what}"), super::bindings::UNREACHED)
            }
            Self::Dns => network(
                format!("The name of {host} could not be looked up"),
                &format!(
                    "check {setting}, and that the network policy lets the pod reach the cluster's DNS."
                ),
            ),
            Self::DnsSilence => {
                let name = if proxy.is_some() { "the proxy" } else { host };
                network(
                    format!("DNS gave no answer when the name of {name} was looked up"),
                    "let the pod reach the cluster's DNS, port 53 by UDP and TCP, in its network policy; if it may, see that the DNS runs.",
                )
            }
            Self::ConnectTimeout if proxy.is_some() => network(
                format!("Connecting to {host} through the proxy {} took too long", proxy.unwrap_or_default()),
                "check host and port in HTTPS_PROXY, that the proxy runs, and that it can reach this host.",
            ),
            Self::ConnectTimeout => network(
                format!("Connecting to {host} took too long"),
                "allow egress to it on its port in network policy and firewall, or set HTTPS_PROXY.",
            ),
            Self::Refused if proxy.is_some() => network(
                "The connection to the proxy was refused".to_owned(),
                "check host and port in HTTPS_PROXY, and that the proxy runs.",
            ),
            Self::Refused => network(
                format!("The connection to {host} was refused"),
                &format!("check host and port in {setting}, and any proxy or firewall on the way."),
            ),
            Self::NoRoute => network(
                format!("There is no route to {host}"),
                "check the pod's network and egress rules, or set HTTPS_PROXY.",
            ),
            Self::Proxy => network(
                format!("The proxy refused or failed to connect to {host}"),
                "allow this host in the proxy's rules, or list it in NO_PROXY.",
            ),
            Self::ProxyLogin => network(
                format!("The proxy wants a login (status 407) before it connects to {host}"),
                "put user and password into HTTPS_PROXY as http://user:password@host:port.",
            ),
            Self::UnknownIssuer => network(
                format!("The certificate of {host} is signed by an authority that is not trusted"),
                match setting {
                    super::token_proxy::PROXY => "put the token proxy's CA into AZURE_KUBERNETES_CA_FILE.",
                    _ => "if a firewall inspects TLS, name its CA bundle in WISP_CA_FILE.",
                },
            ),
            Self::CertificateExpired => network(
                format!("The certificate of {host} has expired by this node's clock"),
                "check the node's clock; if it is right, the certificate must be renewed.",
            ),
            Self::CertificateNotYetValid => network(
                format!("The certificate of {host} is not valid yet by this node's clock"),
                "set the node's clock; it runs behind.",
            ),
            Self::CertificateName => network(
                format!("The certificate presented for {host} is made out to another name"),
                match setting {
                    super::token_proxy::PROXY => "check AZURE_KUBERNETES_SNI_NAME.",
                    _ => "check AZURE_AUTHORITY_HOST, and whether something intercepts the connection.",
                },
            ),
            Self::Tls(why) => network(
                format!("TLS with {host} failed: {why}"),
                &format!(
                    "check that {setting} names an https host, and whether something intercepts the connection."
                ),
            ),
            Self::Timeout => (
                Category::Timeout,
                format!("{host} did not answer in time"),
                "check for a slow proxy or firewall on the way; wisp tries again by itself.".to_owned(),
            ),
            Self::Dropped => network(
                format!("The connection to {host} was dropped before an answer came"),
                "check any proxy or firewall on the way; wisp tries again by itself.",
            ),
            Self::NotHttp => network(
                format!("{host} answered with something that is not HTTP"),
                &format!("check host and port in {setting}."),
            ),
            Self::TooLarge => (
                Category::Service,
                format!("The answer of {host} is larger than any token"),
                format!("check that {setting} leads to Entra itself."),
            ),
            Self::Other(why) => network(
                format!("The request to {host} failed: {why}"),
                "check the network on the way; wisp tries again by itself.",
            ),
        }
    }
}

fn of_tls(error: &(dyn Error + 'static)) -> Option<TransportError> {
    use CertificateError as Bad;
    Some(match error.downcast_ref::<TlsError>()? {
        // A bad signature is what an authority re-created under its old name looks like.
        TlsError::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => TransportError::UnknownIssuer,
        TlsError::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            TransportError::CertificateExpired
        }
        TlsError::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            TransportError::CertificateNotYetValid
        }
        TlsError::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            TransportError::CertificateName
        }
        other => TransportError::Tls(text::cut(&other.to_string(), 120)),
    })
}

/// hyper-util keeps the type of this error to itself, so its text has to do; a test holds on to it.
fn of_proxy(error: &(dyn Error + 'static)) -> Option<TransportError> {
    match error.to_string().strip_prefix("tunnel error: ")? {
        "proxy authorization required" => Some(TransportError::ProxyLogin),
        "unsuccessful" | "unexpected end of file" | "proxy response headers too long" => {
            Some(TransportError::Proxy)
        }
        // The proxy itself could not be reached; the cause below says why.
        _ => None,
    }
}

fn of_io(error: &(dyn Error + 'static)) -> Option<TransportError> {
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(TransportError::Refused),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some(TransportError::NoRoute),
        io::ErrorKind::TimedOut => Some(TransportError::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(TransportError::Dropped),
        _ => None,
    }
}

fn of_http(error: &(dyn Error + 'static)) -> Option<TransportError> {
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse() {
        return Some(TransportError::NotHttp);
    }
    (error.is_incomplete_message() || error.is_closed() || error.is_canceled())
        .then_some(TransportError::Dropped)
}

/// The errors below `error`, the outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An `io::Error` passes over what it wraps when it names its source.
    match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(wrapped)) => Some(wrapped),
        _ => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Destination, TransportError};

    #[test]
    fn every_trouble_has_its_sentence_and_its_fix() {
        let to = Destination { host: "login.example", proxy: None, setting: "AZURE_AUTHORITY_HOST" };
        let lines: Vec<String> = TransportError::named()
            .into_iter()
            .chain([TransportError::Other("odd".into())])
            .map(|kind| {
                let failure = kind.failure(to, "id");
                format!(
                    "{}: {}",
                    failure.category.as_str(),
                    failure.description.replace(" Correlation ID: id", "")
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
network: The name of login.example could not be looked up. Fix: check AZURE_AUTHORITY_HOST, and that the network policy lets the pod reach the cluster's DNS.
network: DNS gave no answer when the name of login.example was looked up. Fix: let the pod reach the cluster's DNS, port 53 by UDP and TCP, in its network policy; if it may, see that the DNS runs.
network: Connecting to login.example took too long. Fix: allow egress to it on its port in network policy and firewall, or set HTTPS_PROXY.
network: The connection to login.example was refused. Fix: check host and port in AZURE_AUTHORITY_HOST, and any proxy or firewall on the way.
network: There is no route to login.example. Fix: check the pod's network and egress rules, or set HTTPS_PROXY.
network: The proxy refused or failed to connect to login.example. Fix: allow this host in the proxy's rules, or list it in NO_PROXY.
network: The proxy wants a login (status 407) before it connects to login.example. Fix: put user and password into HTTPS_PROXY as http://user:password@host:port.
network: The certificate of login.example is signed by an authority that is not trusted. Fix: if a firewall inspects TLS, name its CA bundle in WISP_CA_FILE.
network: The certificate of login.example has expired by this node's clock. Fix: check the node's clock; if it is right, the certificate must be renewed.
network: The certificate of login.example is not valid yet by this node's clock. Fix: set the node's clock; it runs behind.
network: The certificate presented for login.example is made out to another name. Fix: check AZURE_AUTHORITY_HOST, and whether something intercepts the connection.
network: TLS with login.example failed: REASON. Fix: check that AZURE_AUTHORITY_HOST names an https host, and whether something intercepts the connection.
timeout: login.example did not answer in time. Fix: check for a slow proxy or firewall on the way; wisp tries again by itself.
network: The connection to login.example was dropped before an answer came. Fix: check any proxy or firewall on the way; wisp tries again by itself.
network: login.example answered with something that is not HTTP. Fix: check host and port in AZURE_AUTHORITY_HOST.
service: The answer of login.example is larger than any token. Fix: check that AZURE_AUTHORITY_HOST leads to Entra itself.
network: The request to login.example failed: odd. Fix: check the network on the way; wisp tries again by itself.
");
    }

    #[test]
    fn the_proxy_is_named() {
        let to = Destination {
            host: "login.example",
            proxy: Some("http://proxy:3128"),
            setting: "AZURE_AUTHORITY_HOST",
        };
        let description = |error: TransportError| error.failure(to, "id").description;
        insta::assert_snapshot!(description(TransportError::ConnectTimeout), @"Connecting to login.example through the proxy http://proxy:3128 took too long. Fix: check host and port in HTTPS_PROXY, that the proxy runs, and that it can reach this host. Correlation ID: id");
        let message = description(TransportError::Timeout);
        assert!(message.contains("in time (HTTPS_PROXY is http://proxy:3128). Fix:"), "{message}");
    }
}
