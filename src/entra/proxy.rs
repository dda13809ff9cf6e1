//! The HTTP proxy that requests tunnel through, and the hosts that are reached without it.

use std::{fmt, str::FromStr};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use crate::names::{Authority, InvalidName, web};

/// The URL of an HTTP proxy, `HTTPS_PROXY`. Shows neither user nor password.
#[derive(Clone, Eq, PartialEq)]
pub struct ProxyUrl(Url);

impl FromStr for ProxyUrl {
    type Err = InvalidName;

    /// A text without a scheme is taken for http, as curl takes it. The error does not repeat the text, which may hold a
    /// password.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        const EXPECTED: InvalidName = InvalidName(
            "expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login",
        );
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = web::url(&url, &["http", "https"]).map_err(|error| match error {
            web::SCHEMES => EXPECTED,
            other => other,
        })?;
        if web::has_path(&url) {
            return Err(web::PATH);
        }
        Ok(Self(url))
    }
}

impl ProxyUrl {
    /// The URL, with user and password if it has them.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = !self.0.username().is_empty() || self.0.password().is_some();
        let login = if secret { "[redacted]@" } else { "" };
        write!(f, "{}://{login}{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The hosts that are reached without a proxy, `NO_PROXY`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoProxy(Vec<String>);

impl NoProxy {
    /// The hosts that `entries` name: names with all below them, addresses, networks, or `*`.
    pub fn new(entries: Vec<String>) -> Self {
        Self(entries)
    }

    /// Whether requests to `authority` use no proxy. The very code that the HTTP client decides by.
    pub fn excludes(&self, authority: &Authority) -> bool {
        const ANY: &str = "http://proxy.invalid";
        let Ok(uri) = authority.as_str().parse() else { return false };
        let matcher = Matcher::builder().https(ANY).no(self.as_text()).build();
        matcher.intercept(&uri).is_none()
    }

    /// In the notation of the variable.
    pub(super) fn as_text(&self) -> String {
        self.0.join(",")
    }
}

/// Why `entry` of `NO_PROXY` matches no host at all, and what was probably meant.
pub(crate) fn never_matches(entry: &str) -> Option<&'static str> {
    let is_network = entry.split_once('/').is_some_and(|(address, length)| {
        address.parse::<std::net::IpAddr>().is_ok() && length.bytes().all(|b| b.is_ascii_digit())
    });
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if entry == "*" || is_network || entry.parse::<std::net::IpAddr>().is_ok() || entry.bytes().all(plain) {
        return None;
    }
    Some(if entry.contains(';') || entry.contains(char::is_whitespace) {
        "separate entries by commas"
    } else if entry.contains("://") {
        "write the host alone, without scheme and path"
    } else if entry.starts_with("*.") {
        "write the domain alone, as .example.com; it stands for all below it"
    } else if entry.contains('[') {
        "write an IPv6 address without brackets and port"
    } else if entry.contains(':') {
        "write the host alone: a port cannot be excepted"
    } else {
        "write a host name, a domain, an address or a network"
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Matcher, NoProxy, ProxyUrl, never_matches};

    #[test]
    fn hides_the_login() {
        let proxy: ProxyUrl = "http://user:pa%40ss@proxy.example:3128/".parse().unwrap();
        assert_eq!(proxy.to_string(), "http://[redacted]@proxy.example:3128");
        assert_eq!(format!("{proxy:?}"), "\"http://[redacted]@proxy.example:3128\"");
        assert_eq!(proxy.url().password(), Some("pa%40ss"));
    }

    #[test]
    fn takes_what_curl_takes() {
        let shown = |text: &str| text.parse::<ProxyUrl>().unwrap().to_string();
        assert_eq!(shown("proxy:3128"), "http://proxy:3128");
        assert_eq!(shown("https://[::1]:3128"), "https://[::1]:3128");
        for bad in [
            "",
            "socks5://proxy:1080",
            "http://",
            "http://proxy/path",
            "http://proxy?x",
            "http://a b",
            "http://proxy:99999",
            "proxy:0",
        ] {
            assert!(bad.parse::<ProxyUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn excluded_hosts_are_those_of_the_client() {
        let excludes = |entries: &str, authority: &str| {
            NoProxy::new(entries.split(',').map(str::to_owned).collect())
                .excludes(&authority.parse().unwrap())
        };
        for entries in ["*", "login.example", ".example", "example", "x, login.example"] {
            assert!(excludes(entries, "https://login.example:8443"), "{entries}");
        }
        assert!(excludes("10.0.0.0/8", "https://10.1.2.3"));
        for entries in ["", "ogin.example", "login.example:8443", "*.example", "https://login.example"] {
            assert!(!excludes(entries, "https://login.example:8443"), "{entries}");
        }
    }

    #[test]
    fn entries_that_match_nothing_are_known() {
        for good in
            ["*", "a.example", ".example", "localhost", "10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "a_b"]
        {
            assert_eq!(never_matches(good), None, "{good}");
        }
        for (bad, why) in [
            ("a;b", "commas"),
            ("a b", "commas"),
            ("https://a.example", "without scheme"),
            ("*.example", "domain alone"),
            ("[::1]", "brackets"),
            ("a.example:443", "port"),
            ("a/b", "network"),
        ] {
            assert!(never_matches(bad).is_some_and(|message| message.contains(why)), "{bad}");
        }
    }

    proptest! {
        /// A URL that the client could not read would be left out without a word, and requests would go past the proxy.
        #[test]
        fn what_is_accepted_is_used(text in r"(https?://)?([a-zA-Z0-9._~!$&'()*+,;=:@%-]|\[::1\]){0,20}(:[0-9]{0,6})?/?") {
            let Ok(proxy) = text.parse::<ProxyUrl>() else { return Ok(()) };
            let matcher = Matcher::builder().https(String::from(proxy.url().clone())).build();
            prop_assert!(matcher.intercept(&"https://login.example".parse().unwrap()).is_some(), "{text}");
            prop_assert!(reqwest::Proxy::https(proxy.url().clone()).is_ok());
        }

        /// What is said to match nothing does match nothing.
        #[test]
        fn warnings_are_true(entry in r"[*.a-c;:/0-9\[\] ]{1,8}", host in r"[a-c.]{1,6}[a-c]") {
            prop_assume!(never_matches(&entry).is_some() && !entry.contains(',') && entry.trim() == entry);
            let Ok(authority) = format!("https://{host}").parse() else { return Ok(()) };
            prop_assert!(!NoProxy::new(vec![entry.clone()]).excludes(&authority), "{entry} {host}");
        }
    }
}
