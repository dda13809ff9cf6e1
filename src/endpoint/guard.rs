//! The checks that stand before every token: they keep out requests that an attacker makes someone else send.
//!
//! A page in a browser, an open redirect or a forwarding proxy can be made to fetch a URL, but not to add the header
//! `Metadata: true`, and what a proxy forwards says so in `X-Forwarded-For`. The `Host` check stops a name that an
//! attacker points at loopback (DNS rebinding).

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{PoisonError, RwLock},
};

use hyper::{
    HeaderMap, Version,
    header::{HOST, HeaderName, HeaderValue},
    http::request::Parts,
};

use super::{problem::Refused, response::CLIENT_REQUEST_ID};
use crate::token::Secret;

const METADATA: HeaderName = HeaderName::from_static("metadata");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What a request says besides its target, found in one pass over the headers: looking each up by name would hash each
/// name, which costs more than comparing the half dozen that clients send.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// All of them, for what only one dialect looks for.
    headers: &'a HeaderMap,
    metadata: Metadata,
    is_forwarded: bool,
    host: Host<'a>,
    /// The host of an absolute-form target (RFC 9112 section 3.2.2), from a client that takes wisp for its proxy.
    target_host: Option<&'a str>,
    /// `x-ms-client-request-id`, unchecked.
    pub(super) client_request_id: Option<&'a HeaderValue>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Metadata {
    Absent,
    True,
    Other,
}

#[derive(Clone, Copy, Debug)]
enum Host<'a> {
    Absent,
    /// Absent in a version of HTTP that did not ask for it.
    NotNeeded,
    One(&'a HeaderValue),
    Several,
}

impl<'a> Envelope<'a> {
    pub(super) fn read(head: &'a Parts) -> Self {
        let mut envelope = Self {
            headers: &head.headers,
            metadata: Metadata::Absent,
            is_forwarded: false,
            host: if head.version < Version::HTTP_11 { Host::NotNeeded } else { Host::Absent },
            target_host: head.uri.host(),
            client_request_id: None,
        };
        for (name, value) in &head.headers {
            if *name == HOST {
                envelope.host = match envelope.host {
                    Host::Absent | Host::NotNeeded => Host::One(value),
                    Host::One(_) | Host::Several => Host::Several,
                };
            } else if *name == METADATA {
                // Lower case in the contract and in every client; anything else is not the header that was meant.
                let is_true = value.as_bytes() == b"true" && envelope.metadata != Metadata::Other;
                envelope.metadata = if is_true { Metadata::True } else { Metadata::Other };
            } else if *name == FORWARDED_FOR {
                envelope.is_forwarded = true;
            } else if *name == CLIENT_REQUEST_ID {
                envelope.client_request_id = Some(value);
            }
        }
        envelope
    }

    /// Whether it has the header `Metadata` as the contract wants it.
    pub(super) fn has_metadata(&self) -> bool {
        self.metadata == Metadata::True
    }
}

/// What the checks need to know.
#[derive(Debug, Default)]
pub(super) struct Guard {
    hosts: Vec<String>,
    identity_header: RwLock<Option<Secret>>,
}

impl Guard {
    /// A guard that accepts `hosts` besides the metadata service's address and loopback.
    pub(super) const fn new(hosts: Vec<String>) -> Self {
        Self { hosts, identity_header: RwLock::new(None) }
    }

    /// Changes the secret of App Service; without one nobody is let in that way.
    pub(super) fn set_identity_header(&self, secret: Option<Secret>) {
        *self
            .identity_header
            .write()
            .unwrap_or_else(PoisonError::into_inner) = secret;
    }

    /// The checks of the IMDS contract, in this order: a probe without the header must get the one exact answer that
    /// clients take for "the service is there", whatever else is wrong with it.
    pub(super) fn metadata(&self, envelope: &Envelope<'_>) -> Result<(), Refused> {
        if envelope.metadata != Metadata::True {
            return Err(Refused::MetadataHeader);
        }
        self.direct(envelope)
    }

    /// The checks of the App Service contract: the secret, in `header` (spelt `shown` in the contract) and there alone.
    pub(super) fn secret(
        &self,
        envelope: &Envelope<'_>,
        header: &HeaderName,
        shown: &'static str,
    ) -> Result<(), Refused> {
        let expected = self
            .identity_header
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(expected) = &*expected else { return Err(Refused::NoSecret) };
        let mut given = envelope.headers.get_all(header).iter();
        match (given.next(), given.next()) {
            (Some(given), None) if is_same(given.as_bytes(), expected.expose().as_bytes()) => {
                self.direct(envelope)
            }
            _ => Err(Refused::Secret(shown)),
        }
    }

    /// The checks that hold for every way of asking: neither forwarded nor sent to another name.
    pub(super) fn direct(&self, envelope: &Envelope<'_>) -> Result<(), Refused> {
        if envelope.is_forwarded {
            return Err(Refused::Forwarded);
        }
        let is_known = match envelope.host {
            Host::One(host) => host.to_str().is_ok_and(|host| self.knows(host)),
            Host::NotNeeded => true,
            Host::Absent | Host::Several => false,
        };
        if is_known && self.is_for_us(envelope) { Ok(()) } else { Err(Refused::Host) }
    }

    /// Whether a target in absolute form is for this endpoint; one in origin form always is.
    pub(super) fn is_for_us(&self, envelope: &Envelope<'_>) -> bool {
        envelope.target_host.is_none_or(|host| self.knows(host))
    }

    /// Whether `host`, with or without a port, is a name for this endpoint.
    fn knows(&self, host: &str) -> bool {
        const IMDS: &str = "169.254.169.254";
        if host == IMDS {
            return true;
        }
        let host = without_port(host);
        if host == IMDS || host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let address = match bare {
            Some(v6) => v6.parse::<Ipv6Addr>().map(IpAddr::from).ok(),
            None => host.parse::<Ipv4Addr>().map(IpAddr::from).ok(),
        };
        address.is_some_and(|a| a.is_loopback()) || self.hosts.iter().any(|h| h.eq_ignore_ascii_case(host))
    }
}

/// Compares in a time that depends on the lengths only, so that a secret cannot be guessed byte by byte.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let difference = given
        .iter()
        .zip(expected)
        .fold(0, |difference, (a, b)| black_box(difference | (a ^ b)));
    given.len() == expected.len() && difference == 0
}

/// Cuts `:port` off, which may be any: the port that was dialled is not the one wisp listens on.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Guard, Refused};
    use hyper::{Request, http::request::Parts};

    fn head(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn metadata(guard: &Guard, head: &Parts) -> Result<(), Refused> {
        guard.metadata(&Envelope::read(head))
    }

    fn check(headers: &[(&str, &str)]) -> Result<(), Refused> {
        metadata(&Guard::new(vec!["imds.internal".into()]), &head("/x", headers))
    }

    #[test]
    fn the_metadata_header_comes_first_and_is_exact() {
        let host = ("Host", "evil.example");
        for (one, other) in [("true", "x"), ("x", "true")] {
            let both = [("Metadata", one), ("Metadata", other), host];
            assert_eq!(check(&both), Err(Refused::MetadataHeader), "{one} {other}");
        }
        for bad in [&[host][..], &[host, ("Metadata", "True")], &[host, ("Metadata", "")]] {
            assert_eq!(check(bad), Err(Refused::MetadataHeader), "{bad:?}");
        }
        let forwarded = [("metadata", "true"), ("X-Forwarded-For", ""), host];
        assert_eq!(check(&forwarded), Err(Refused::Forwarded));
        assert_eq!(check(&[("METADATA", "true"), host]), Err(Refused::Host));
    }

    #[test]
    fn hosts_are_the_metadata_service_loopback_or_configured() {
        for good in [
            "169.254.169.254",
            "169.254.169.254:80",
            "127.0.0.1:4254",
            "127.9.9.9",
            "LocalHost:1",
            "[::1]:4254",
            "[::1]",
            "IMDS.internal:80",
        ] {
            assert_eq!(check(&[("Metadata", "true"), ("Host", good)]), Ok(()), "{good}");
        }
        for bad in [
            "",
            "169.254.169.253",
            "10.0.0.1:4254",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "[::2]",
            "::1",
            "2130706433",
            "0x7f.1",
            "169.254.169.254:x",
            "x:[::1]",
        ] {
            assert_eq!(check(&[("Metadata", "true"), ("Host", bad)]), Err(Refused::Host), "{bad}");
        }
    }

    #[test]
    fn one_host_is_needed_since_http_1_1() {
        assert_eq!(check(&[("Metadata", "true")]), Err(Refused::Host));
        let twice = [("Metadata", "true"), ("Host", "localhost"), ("Host", "localhost")];
        assert_eq!(check(&twice), Err(Refused::Host));
        let mut old = head("/x", &[("Metadata", "true")]);
        old.version = hyper::Version::HTTP_10;
        assert_eq!(metadata(&Guard::default(), &old), Ok(()));
    }

    #[test]
    fn an_absolute_target_names_the_metadata_service_too() {
        let guard = Guard::default();
        let headers = [("Metadata", "true"), ("Host", "169.254.169.254")];
        assert_eq!(metadata(&guard, &head("http://169.254.169.254/x", &headers)), Ok(()));
        assert_eq!(metadata(&guard, &head("http://127.0.0.1:4254/x", &headers)), Ok(()));
        assert_eq!(metadata(&guard, &head("http://evil.example/x", &headers)), Err(Refused::Host));
    }
}
