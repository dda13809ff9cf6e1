//! The checks that stand before every token: they keep out requests that an attacker makes someone else send.
//!
//! A page in a browser, an open redirect or a forwarding proxy can be made to fetch a URL, but not to add the header
//! `Metadata: true`, and what a proxy or a browser sends has its marks. The `Host` check stops a name that an
//! attacker points at loopback (DNS rebinding).

mod headers;
mod marks;

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use hyper::header::HeaderName;
use parking_lot::RwLock;

use super::request_error::RequestError;
use crate::token::Secret;
use headers::{Authority, Host, Metadata};

pub(super) use headers::{GuardHeaders, METADATA};
#[cfg(feature = "wispctl")]
pub(super) use marks::MARKS;
pub(super) use marks::Mark;

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
        *self.identity_header.write() = secret;
    }

    /// The checks of the IMDS contract, in this order: a probe without the header must get the one exact answer that
    /// clients take for "the service is there", whatever else is wrong with it.
    pub(super) fn metadata(&self, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError> {
        if guard_headers.metadata != Metadata::True {
            return Err(RequestError::MetadataHeader);
        }
        self.direct(guard_headers)
    }

    /// The checks of the App Service contract: the secret, in `header` (spelt `shown` in the contract) and there alone.
    pub(super) fn secret(
        &self,
        guard_headers: &GuardHeaders<'_>,
        header: &HeaderName,
        shown: &'static str,
    ) -> Result<(), RequestError> {
        let expected = self.identity_header.read();
        let Some(expected) = &*expected else { return Err(RequestError::NoSecret) };
        let mut given = guard_headers.head.headers.get_all(header).iter();
        match (given.next(), given.next()) {
            (Some(given), None) if is_same(given.as_bytes(), expected.expose().as_bytes()) => {
                self.direct(guard_headers)
            }
            _ => Err(RequestError::Secret(shown)),
        }
    }

    /// The checks that hold for every way of asking: neither forwarded nor sent to another name.
    pub(super) fn direct(&self, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError> {
        if let Some(mark) = guard_headers.mark {
            return Err(RequestError::Marked(mark));
        }
        let is_known = match guard_headers.host {
            Host::One(host) => host.to_str().is_ok_and(|host| self.knows(host)),
            Host::NotNeeded => true,
            Host::Absent | Host::Several => false,
        };
        if is_known && self.is_for_us(guard_headers) { Ok(()) } else { Err(RequestError::Host) }
    }

    /// Whether a target in absolute form is for this endpoint; one in origin form always is.
    pub(super) fn is_for_us(&self, guard_headers: &GuardHeaders<'_>) -> bool {
        match guard_headers.authority {
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
    use super::{Guard, GuardHeaders, RequestError};
    use hyper::{Request, http::request::Parts};

    fn head(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn metadata(guard: &Guard, head: &Parts) -> Result<(), RequestError> {
        guard.metadata(&GuardHeaders::read(head))
    }

    fn check(headers: &[(&str, &str)]) -> Result<(), RequestError> {
        metadata(&Guard::new(vec!["imds.internal".into()]), &head("/x", headers))
    }

    #[test]
    fn the_metadata_header_comes_first() {
        let host = ("Host", "evil.example");
        for (one, other) in [("true", "x"), ("x", "true"), ("true", "true")] {
            let both = [("Metadata", one), ("Metadata", other), host];
            assert_eq!(check(&both), Err(RequestError::MetadataHeader), "{one} {other}");
        }
        for bad in ["", "yes", "1", "false", "true, true", "truee"] {
            assert_eq!(check(&[host, ("Metadata", bad)]), Err(RequestError::MetadataHeader), "{bad:?}");
        }
        assert_eq!(check(&[host]), Err(RequestError::MetadataHeader));
        assert_eq!(check(&[("METADATA", "true"), host]), Err(RequestError::Host));
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
                Err(RequestError::Marked(mark)) => Some(mark.shown),
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
            assert_eq!(check(&[("Metadata", "true"), ("Host", bad)]), Err(RequestError::Host), "{bad}");
        }
    }

    #[test]
    fn one_host_is_needed_since_http_1_1() {
        assert_eq!(check(&[("Metadata", "true")]), Err(RequestError::Host));
        let twice = [("Metadata", "true"), ("Host", "localhost"), ("Host", "localhost")];
        assert_eq!(check(&twice), Err(RequestError::Host));
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
            assert_eq!(metadata(&guard, &head(odd, &headers)), Err(RequestError::Host), "{odd}");
        }
    }
}
