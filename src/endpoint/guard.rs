//! The checks that stand before every token: they keep out requests that an attacker makes someone else send.
//!
//! A page in a browser, an open redirect or a forwarding proxy can be made to fetch a URL, but not to add the header
//! `Metadata: true`, and what a proxy or a browser sends has its marks. The `Host` check stops a name that an
//! attacker points at loopback (DNS rebinding).

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{PoisonError, RwLock},
};

use hyper::{
    Uri, Version,
    header::{HeaderName, HeaderValue, USER_AGENT},
    http::request::Parts,
};

use super::problem::Refused;
use crate::token::Secret;

/// The header of the IMDS contract, as a header map spells it.
pub(super) const METADATA: &str = "metadata";

/// A header that tells who sent, or passed on, a request that no client of the metadata service sends.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Mark {
    /// The header as it is usually spelt.
    pub(super) shown: &'static str,
    /// What is wrong with it, after "The header X is not allowed".
    pub(super) advice: &'static str,
}

/// How a request got here instead of directly.
const PROXY: &str = "; ask the metadata endpoint without a proxy.";
const BROWSER: &str = "; the metadata endpoint is not for browsers.";

/// The marks of proxies and browsers.
static FORWARDED_FOR: Mark = Mark { shown: "X-Forwarded-For", advice: PROXY };
static FORWARDED: Mark = Mark { shown: "Forwarded", advice: PROXY };
static VIA: Mark = Mark { shown: "Via", advice: PROXY };
static ORIGIN: Mark = Mark { shown: "Origin", advice: BROWSER };
static FETCH_SITE: Mark = Mark { shown: "Sec-Fetch-Site", advice: BROWSER };

/// What a request says besides its target, found in one pass over the headers: looking each up by name would hash each
/// name, which costs more than comparing the half dozen that clients send.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// All of it, for what only one dialect looks for.
    head: &'a Parts,
    metadata: Metadata,
    mark: Option<&'static Mark>,
    host: Host<'a>,
    authority: Authority<'a>,
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

/// The authority that the target names.
#[derive(Clone, Copy, Debug)]
enum Authority<'a> {
    /// None: the target is a path (RFC 9112 section 3.2.1).
    None,
    /// That of an absolute-form target (section 3.2.2), from a client that takes wisp for its proxy.
    Host(&'a str),
    /// One that no such client sends: not of the scheme `http`, or with a user before the host.
    Odd,
}

impl<'a> Authority<'a> {
    fn of(uri: &'a Uri) -> Self {
        let Some(authority) = uri.authority() else { return Self::None };
        // A tunnel is asked for without a scheme, and refused by its method.
        let is_http = uri.scheme_str().is_none_or(|scheme| scheme == "http");
        if is_http && !authority.as_str().contains('@') { Self::Host(authority.host()) } else { Self::Odd }
    }
}

impl<'a> Envelope<'a> {
    pub(super) fn read(head: &'a Parts) -> Self {
        let mut envelope = Self {
            head,
            metadata: Metadata::Absent,
            mark: None,
            host: if head.version < Version::HTTP_11 { Host::NotNeeded } else { Host::Absent },
            authority: Authority::of(&head.uri),
            client_request_id: None,
        };
        for (name, value) in &head.headers {
            match name.as_str() {
                "host" => {
                    envelope.host = match envelope.host {
                        Host::Absent | Host::NotNeeded => Host::One(value),
                        Host::One(_) | Host::Several => Host::Several,
                    };
                }
                METADATA => {
                    // `true` in the contract, `True` from google-auth and in Microsoft's samples. Twice is nobody's.
                    let is_true = value.as_bytes().eq_ignore_ascii_case(b"true")
                        && envelope.metadata == Metadata::Absent;
                    envelope.metadata = if is_true { Metadata::True } else { Metadata::Other };
                }
                "x-ms-client-request-id" => envelope.client_request_id = Some(value),
                "x-forwarded-for" => envelope.mark = Some(&FORWARDED_FOR),
                "forwarded" => envelope.mark = Some(&FORWARDED),
                "via" => envelope.mark = Some(&VIA),
                "origin" => envelope.mark = Some(&ORIGIN),
                // A page of the same origin cannot be there, and `none` is a person who typed the address.
                "sec-fetch-site" if is_foreign(value) => envelope.mark = Some(&FETCH_SITE),
                _ => {}
            }
        }
        envelope
    }

    /// The client that sent it.
    pub(super) fn user_agent(&self) -> Option<&'a HeaderValue> {
        self.head.headers.get(USER_AGENT)
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
        let mut given = envelope.head.headers.get_all(header).iter();
        match (given.next(), given.next()) {
            (Some(given), None) if is_same(given.as_bytes(), expected.expose().as_bytes()) => {
                self.direct(envelope)
            }
            _ => Err(Refused::Secret(shown)),
        }
    }

    /// The checks that hold for every way of asking: neither forwarded nor sent to another name.
    pub(super) fn direct(&self, envelope: &Envelope<'_>) -> Result<(), Refused> {
        if let Some(mark) = envelope.mark {
            return Err(Refused::Marked(mark));
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
        match envelope.authority {
            Authority::None => true,
            Authority::Host(host) => self.knows(host),
            Authority::Odd => false,
        }
    }

    /// Whether `host`, with or without a port, is a name for this endpoint.
    fn knows(&self, host: &str) -> bool {
        const IMDS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
        if host == "169.254.169.254" {
            return true;
        }
        // A name may say that it is whole, by a dot at its end.
        let host = without_port(host);
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let address = match bare {
            Some(v6) => v6.parse::<Ipv6Addr>().map(|v6| v6.to_canonical()).ok(),
            None => host.parse::<Ipv4Addr>().map(IpAddr::from).ok(),
        };
        address.is_some_and(|a| a.is_loopback() || a == IMDS)
            || self.hosts.iter().any(|h| h.eq_ignore_ascii_case(host))
    }
}

fn is_foreign(fetch_site: &HeaderValue) -> bool {
    let site = fetch_site.as_bytes();
    site.eq_ignore_ascii_case(b"cross-site") || site.eq_ignore_ascii_case(b"same-site")
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
    fn the_metadata_header_comes_first() {
        let host = ("Host", "evil.example");
        for (one, other) in [("true", "x"), ("x", "true"), ("true", "true")] {
            let both = [("Metadata", one), ("Metadata", other), host];
            assert_eq!(check(&both), Err(Refused::MetadataHeader), "{one} {other}");
        }
        for bad in ["", "yes", "1", "false", "true, true", "truee"] {
            assert_eq!(check(&[host, ("Metadata", bad)]), Err(Refused::MetadataHeader), "{bad:?}");
        }
        assert_eq!(check(&[host]), Err(Refused::MetadataHeader));
        assert_eq!(check(&[("METADATA", "true"), host]), Err(Refused::Host));
    }

    #[test]
    fn the_metadata_header_is_true_in_any_case() {
        for good in ["true", "True", "TRUE", "tRuE"] {
            assert_eq!(check(&[("Metadata", good), ("Host", "localhost")]), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_a_proxy_or_a_browser_adds_is_refused() {
        let marked =
            |header: (&str, &str)| match check(&[("Metadata", "true"), header, ("Host", "localhost")]) {
                Err(Refused::Marked(mark)) => Some(mark.shown),
                Ok(()) => None,
                Err(other) => panic!("{header:?}: {other:?}"),
            };
        for (name, value) in [
            ("X-Forwarded-For", ""),
            ("Forwarded", "for=10.0.0.1"),
            ("Via", "1.1 squid"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "Same-Site"),
        ] {
            assert_eq!(marked((name, value)), Some(name), "{value}");
        }
        for (name, value) in
            [("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "same-origin")]
        {
            assert_eq!(marked((name, value)), None, "{name}: {value}");
        }
    }

    #[test]
    fn hosts_are_the_metadata_service_loopback_or_configured() {
        for good in [
            "169.254.169.254",
            "169.254.169.254:80",
            "127.0.0.1:4254",
            "127.9.9.9",
            "LocalHost:1",
            "localhost.",
            "localhost.:80",
            "169.254.169.254.",
            "imds.internal.:80",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]:80",
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
            "localhost..",
            ".",
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
        assert_eq!(metadata(&guard, &head("HTTP://LOCALHOST/x", &headers)), Ok(()));
        for odd in [
            "http://evil.example/x",
            "https://169.254.169.254/x",
            "ftp://169.254.169.254/x",
            "http://user@169.254.169.254/x",
            "http://user:secret@169.254.169.254/x",
            "http://@169.254.169.254/x",
            "http://evil.example@169.254.169.254/x",
        ] {
            assert_eq!(metadata(&guard, &head(odd, &headers)), Err(Refused::Host), "{odd}");
        }
    }
}
