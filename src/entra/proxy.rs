//! The HTTP proxy that requests tunnel through.

use std::{fmt, str::FromStr};

use reqwest::Url;

/// The URL of an HTTP proxy, `HTTPS_PROXY`. Shows neither user nor password.
#[derive(Clone, Eq, PartialEq)]
pub struct ProxyUrl(Url);

/// Why a text is not the URL of a proxy. Does not repeat the text, which may hold a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login"
)]
pub struct InvalidProxy;

impl FromStr for ProxyUrl {
    type Err = InvalidProxy;

    /// A text without a scheme is taken for http, as curl takes it.
    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let text = text.trim();
        let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
        let url = url.map_err(|_| InvalidProxy)?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) || !bare {
            return Err(InvalidProxy);
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

#[cfg(test)]
mod tests {
    use super::{InvalidProxy, ProxyUrl};

    #[test]
    fn hides_the_login() {
        let proxy: ProxyUrl = "http://user:pa%40ss@proxy.example:3128/".parse().unwrap();
        assert_eq!(proxy.to_string(), "http://[redacted]@proxy.example:3128");
        assert_eq!(format!("{proxy:?}"), "\"http://[redacted]@proxy.example:3128\"");
        assert_eq!(proxy.url().password(), Some("pa%40ss"));
    }

    #[test]
    fn takes_what_curl_takes() {
        assert_eq!("proxy:3128".parse::<ProxyUrl>().unwrap().to_string(), "http://proxy:3128");
        assert_eq!(
            "https://[::1]:3128"
                .parse::<ProxyUrl>()
                .unwrap()
                .to_string(),
            "https://[::1]:3128"
        );
        for bad in ["", "socks5://proxy:1080", "http://", "http://proxy/path", "http://proxy?x", "http://a b"]
        {
            assert_eq!(bad.parse::<ProxyUrl>(), Err(InvalidProxy), "{bad}");
        }
    }
}
