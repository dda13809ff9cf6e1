//! URLs of hosts that a request can really be sent to: whatever is accepted here is accepted by every library on the way.

use rustls::pki_types::DnsName;
use url::{Host, ParseError, Url};

use super::InvalidName;

const SHAPE: InvalidName = InvalidName("expected a URL such as https://host.example, in plain ASCII");
const PORT: InvalidName = InvalidName("expected a port from 1 to 65535");
const HOST: InvalidName = InvalidName("expected a DNS name or an address as the host");
const PARAMETERS: InvalidName = InvalidName("expected a URL without query and fragment");

/// A text without a scheme that is wanted is refused with these words.
pub const SCHEMES: InvalidName =
    InvalidName("expected a URL that begins with https:// or, for a proxy, http://");

/// A login in a URL is refused with these words where none belongs.
pub const LOGIN: InvalidName = InvalidName("expected a URL without user information before the host");

/// A path in a URL is refused with these words where none belongs.
pub const PATH: InvalidName = InvalidName("expected a URL without a path");

/// Reads an absolute URL of one of `schemes`, without query and fragment, whose host is an address or a DNS name.
///
/// Browsers' leniency (back slashes, missing slashes, white space inside) is not wanted: what a person reads as one host must
/// not be another one.
pub fn url(text: &str, schemes: &[&str]) -> Result<Url, InvalidName> {
    let (scheme, rest) = text.split_once("://").ok_or(SCHEMES)?;
    if !schemes
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return Err(SCHEMES);
    }
    if rest.starts_with('/') || !rest.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return Err(SHAPE);
    }
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::InvalidPort => PORT,
        _ => HOST,
    })?;
    if url.port() == Some(0) {
        return Err(PORT);
    }
    let is_host = match url.host() {
        Some(Host::Domain(name)) => DnsName::try_from(name).is_ok(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    // hyper reads it again, with rules of its own.
    if !is_host || url.as_str().parse::<hyper::Uri>().is_err() {
        return Err(HOST);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(PARAMETERS);
    }
    Ok(url)
}

/// Whether `text`, which [`url()`] accepted, has something before its host, be it empty.
pub fn has_login(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split('/')
        .next()
        .is_some_and(|authority| authority.contains('@'))
}

/// Whether `url` has a path of its own.
pub fn has_path(url: &Url) -> bool {
    !matches!(url.path(), "" | "/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{has_login, has_path, url};

    #[test]
    fn hosts_can_be_looked_up_and_proven() {
        for good in [
            "https://login.microsoftonline.com",
            "HTTPS://Login.Example:8443/",
            "https://[::1]:8443",
            "https://10.0.0.1",
            "https://under_score.svc.cluster.local/a/b",
            "http://proxy:3128",
            "http://user:pa%40ss@proxy:3128/",
        ] {
            assert!(url(good, &["http", "https"]).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "begins with"),
            ("login.example", "begins with"),
            ("ftp://login.example", "begins with"),
            ("https:login.example", "begins with"),
            ("https:///login.example", "such as"),
            ("https://login.example\\@evil", "such as"),
            ("https://login.exämple", "such as"),
            ("https://login .example", "such as"),
            ("https://login.example:99999", "port"),
            ("https://login.example:0", "port"),
            ("https://login.example:https", "port"),
            ("https://", "host"),
            ("https://999.1.1.1", "host"),
            ("https://a..b", "host"),
            ("https://-a.b", "host"),
            ("https://a*b", "host"),
            ("https://[::1%25lo]", "host"),
            ("https://login.example?x", "query"),
            ("https://login.example/#x", "query"),
        ] {
            let message = url(bad, &["http", "https"]).unwrap_err().to_string();
            assert!(message.contains(why), "{bad}: {message}");
        }
        let long = format!("https://{}.example", "a".repeat(64));
        assert!(url(&long, &["https"]).is_err());
    }

    #[test]
    fn logins_and_paths_are_seen() {
        for text in ["https://u:p@h", "https://u@h/", "https://@h"] {
            assert!(has_login(text), "{text}");
        }
        assert!(!has_login("https://h/a@b"));
        let path = |text: &str| has_path(&url(text, &["https"]).unwrap());
        assert!(path("https://h/a") && path("https://h//") && !path("https://h") && !path("https://h/"));
    }

    proptest! {
        /// What is accepted can be asked: by the libraries that will be asked to.
        #[test]
        fn what_is_accepted_can_be_asked(text in r"https?://([a-zA-Z0-9._~!$&'()*+,;=:@%-]|\[::1\]){0,24}(:[0-9]{0,6})?(/[a-z%/]{0,5})?") {
            let Ok(found) = url(&text, &["http", "https"]) else { return Ok(()) };
            let host = found.host_str().unwrap_or_default().trim_matches(['[', ']']);
            prop_assert!(rustls::pki_types::ServerName::try_from(host).is_ok(), "{text}");
            let endpoint = format!("{found}oauth2/v2.0/token");
            prop_assert!(reqwest::Url::parse(&endpoint).is_ok());
            prop_assert!(found.as_str().parse::<hyper::Uri>().is_ok());
            prop_assert!(found.port() != Some(0));
        }
    }
}
