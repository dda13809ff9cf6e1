//! The checks that stand before every token: they keep out requests that an attacker makes someone else send.
//!
//! A page in a browser, an open redirect or a forwarding proxy can be made to fetch a URL, but not to add the header
//! `Metadata: true`, and what a proxy forwards says so in `X-Forwarded-For`. The `Host` check stops a name that an
//! attacker points at loopback (DNS rebinding).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::{
    HeaderMap, Version,
    header::{HOST, HeaderName},
    http::request::Parts,
};

use super::problem::Refused;

/// The address of the metadata service.
pub(super) const IMDS_ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

const METADATA: HeaderName = HeaderName::from_static("metadata");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the checks need to know.
#[derive(Debug, Default)]
pub(super) struct Guard {
    hosts: Vec<String>,
}

impl Guard {
    /// A guard that accepts `hosts` besides the metadata service's address and loopback.
    pub(super) fn new(hosts: Vec<String>) -> Self {
        Self { hosts }
    }

    /// The checks of the IMDS contract, in this order: a probe without the header must get the one exact answer that
    /// clients take for "the service is there", whatever else is wrong with it.
    pub(super) fn metadata(&self, head: &Parts) -> Result<(), Refused> {
        require_metadata(&head.headers)?;
        self.not_forwarded(head)
    }

    /// The checks that hold for every way of asking.
    pub(super) fn not_forwarded(&self, head: &Parts) -> Result<(), Refused> {
        if head.headers.contains_key(FORWARDED_FOR) {
            return Err(Refused::Forwarded);
        }
        self.host(head)
    }

    fn host(&self, head: &Parts) -> Result<(), Refused> {
        // An absolute-form target (RFC 9112 section 3.2.2) comes from a client that takes wisp for its proxy.
        if head.uri.host().is_some_and(|host| !self.knows(host)) {
            return Err(Refused::Host);
        }
        let mut hosts = head.headers.get_all(HOST).iter();
        match (hosts.next(), hosts.next()) {
            (Some(host), None) => match host.to_str() {
                Ok(host) if self.knows(without_port(host)) => Ok(()),
                _ => Err(Refused::Host),
            },
            (None, _) if head.version < Version::HTTP_11 => Ok(()),
            _ => Err(Refused::Host),
        }
    }

    fn knows(&self, host: &str) -> bool {
        const IMDS: &str = "169.254.169.254";
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

/// The value is lower case in the contract and in every client; anything else is not the header that was meant.
fn require_metadata(headers: &HeaderMap) -> Result<(), Refused> {
    match headers.get(METADATA) {
        Some(value) if value.as_bytes() == b"true" => Ok(()),
        _ => Err(Refused::MetadataHeader),
    }
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
    use super::{Guard, Refused};
    use hyper::{Request, http::request::Parts};

    fn head(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn check(headers: &[(&str, &str)]) -> Result<(), Refused> {
        Guard::new(vec!["imds.internal".into()]).metadata(&head("/x", headers))
    }

    #[test]
    fn the_metadata_header_comes_first_and_is_exact() {
        let host = ("Host", "evil.example");
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
        assert_eq!(Guard::default().metadata(&old), Ok(()));
    }

    #[test]
    fn an_absolute_target_names_the_metadata_service_too() {
        let guard = Guard::default();
        let headers = [("Metadata", "true"), ("Host", "169.254.169.254")];
        assert_eq!(guard.metadata(&head("http://169.254.169.254/x", &headers)), Ok(()));
        assert_eq!(guard.metadata(&head("http://127.0.0.1:4254/x", &headers)), Ok(()));
        assert_eq!(guard.metadata(&head("http://evil.example/x", &headers)), Err(Refused::Host));
    }
}
