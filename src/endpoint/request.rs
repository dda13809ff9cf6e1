//! What a request target says: which path, which parameters.
//!
//! Paths are compared without regard to case, to repeated slashes and to one at the end, because clients write them in
//! all these ways. They are never percent-decoded: an encoded spelling of a known path is an unknown path.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use hyper::{HeaderMap, body::Body, header::CONTENT_TYPE};
use tokio::time::timeout;

use super::{body, request_error::RequestError};

/// The longest query read, in bytes. Real ones stay under 1 KiB; claims challenges make the longest.
pub(super) const MAX_QUERY: usize = 8 * 1024;

/// How long a form may take to arrive. It is a few hundred bytes from the same pod, sent along with the head.
const FORM_TIME: Duration = Duration::from_secs(5);

/// How many parameters are read. Real requests have at most six.
const MAX_PARAMETERS: usize = 32;

/// Whether `given` is a spelling of `path`.
pub(super) fn same_path(given: &str, path: &str) -> bool {
    let mut given_segments = given.split('/').filter(|s| !s.is_empty());
    let mut segments = path.split('/').filter(|s| !s.is_empty());
    given.starts_with('/')
        && loop {
            match (given_segments.next(), segments.next()) {
                (None, None) => break true,
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
                _ => break false,
            }
        }
}

/// The parameters of a query or of a form (`application/x-www-form-urlencoded`), decoded, each name at most once.
#[derive(Debug, Default)]
pub(super) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Reads `query`. Names are told apart without regard to case, and a name may stand there once (IMDS contract).
    pub(super) fn parse(query: &'a str) -> Result<Self, RequestError> {
        if query.len() > MAX_QUERY {
            return Err(RequestError::TooLong);
        }
        let mut parameters = Self::default();
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            if parameters.0.len() == MAX_PARAMETERS {
                return Err(RequestError::TooLong);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if parameters.entry(&name).is_some() {
                return Err(RequestError::Duplicate);
            }
            parameters.0.push((name, value));
        }
        Ok(parameters)
    }

    /// Adds what `names_identity` in the `query` beside a form. Passing over it would be answered with a token of another
    /// identity.
    pub(super) fn with_identity_of(
        mut self,
        query: &'a str,
        names_identity: impl Fn(&str) -> bool,
    ) -> Result<Self, RequestError> {
        for (name, value) in Self::parse(query)?.0 {
            if !names_identity(&name) || value.is_empty() {
                continue;
            }
            if self.get(&name).is_some() {
                return Err(RequestError::Duplicate);
            }
            // An empty one counts as absent and must not hide this one.
            self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(&name));
            self.0.push((name, value));
        }
        Ok(self)
    }

    /// The value of `name`; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.entry(name).filter(|value| !value.is_empty())
    }

    /// The value of the one spelling in `names` that is there and not empty; it is an error if several are.
    pub(super) fn any_of(&self, names: &[&str]) -> Result<Option<&str>, RequestError> {
        let mut present = names.iter().filter_map(|name| self.get(name));
        let first = present.next();
        if present.next().is_some() { Err(RequestError::Duplicate) } else { Ok(first) }
    }

    fn entry(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
    }
}

/// Whether the body is said to be a form, or nothing is said about it.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    const FORM: &str = "application/x-www-form-urlencoded";
    headers.get_all(CONTENT_TYPE).iter().all(|value| {
        let essence = value
            .to_str()
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(FORM)
    })
}

/// The text of a form in a body.
pub(super) async fn form<B>(body: B) -> Result<String, RequestError>
where
    B: Body<Data = Bytes>,
{
    if body.is_end_stream() {
        return Ok(String::new());
    }
    // Not begun, so that a client that waits for `100 Continue` does not send it.
    if body.size_hint().lower() > MAX_QUERY as u64 {
        return Err(RequestError::Form);
    }
    match timeout(FORM_TIME, body::whole(body, MAX_QUERY)).await {
        Ok(Ok(bytes)) => String::from_utf8(bytes).map_err(|_| RequestError::Form),
        Ok(Err(_)) | Err(_) => Err(RequestError::Form),
    }
}

/// Undoes percent-encoding and `+` for a space. A text without either, as many clients send resources, is left alone.
fn decode(text: &str) -> Result<Cow<'_, str>, RequestError> {
    if !text.bytes().any(|b| matches!(b, b'%' | b'+')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => (hex(rest.next())? << 4) | hex(rest.next())?,
            plain => plain,
        });
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| RequestError::Encoding)
}

fn hex(digit: Option<u8>) -> Result<u8, RequestError> {
    digit
        .and_then(|d| char::from(d).to_digit(16))
        .and_then(|d| u8::try_from(d).ok())
        .ok_or(RequestError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::{Body, Bytes, MAX_QUERY, Parameters, RequestError, form, same_path};
    use http_body_util::Full;
    use hyper::body::Frame;
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    const TOKEN: &str = "/metadata/identity/oauth2/token";

    #[test]
    fn spellings_of_a_path() {
        for same in [
            TOKEN,
            "/metadata/identity/oauth2/token/",
            "//metadata/identity/oauth2/token",
            "//Metadata//identity/OAuth2/TOKEN/",
        ] {
            assert!(same_path(same, TOKEN), "{same}");
        }
        for other in [
            "",
            "/",
            "*",
            "metadata/identity/oauth2/token",
            "/metadata/identity/oauth2",
            "/metadata/identity/oauth2/token/x",
            "/metadata/identity/oauth2/tokenx",
            "/metadata/./identity/oauth2/token",
            "/metadata/x/../identity/oauth2/token",
            "/metadata/identity/oauth2/%74oken",
            "/metadata/identity%2Foauth2/token",
        ] {
            assert!(!same_path(other, TOKEN), "{other}");
        }
    }

    #[test]
    fn raw_and_encoded_values_are_the_same() {
        let raw = Parameters::parse("api-version=2018-02-01&resource=https://vault.azure.net/").unwrap();
        let encoded = Parameters::parse("resource=https%3A%2F%2fvault.azure.net%2F&api-version=x").unwrap();
        assert_eq!(raw.get("resource"), Some("https://vault.azure.net/"));
        assert_eq!(encoded.get("resource"), raw.get("resource"));
        assert_eq!(raw.get("RESOURCE"), raw.get("resource"));
        let odd = Parameters::parse("resource=a=b?c&&x&y=+1").unwrap();
        assert_eq!((odd.get("resource"), odd.get("x"), odd.get("y")), (Some("a=b?c"), None, Some(" 1")));
    }

    #[test]
    fn malformed_queries_are_refused() {
        for bad in ["a=%", "a=%4", "a=%zz", "%=a", "a=%ff", "a=%+1"] {
            assert_eq!(Parameters::parse(bad).unwrap_err(), RequestError::Encoding, "{bad}");
        }
        for twice in ["a=1&a=1", "a=1&A=2", "a=&a=1", "a&%61"] {
            assert_eq!(Parameters::parse(twice).unwrap_err(), RequestError::Duplicate, "{twice}");
        }
        assert_eq!(Parameters::parse(&"a".repeat(MAX_QUERY + 1)).unwrap_err(), RequestError::TooLong);
        let many = (0..40).map(|n| n.to_string()).collect::<Vec<_>>().join("&");
        assert_eq!(Parameters::parse(&many).unwrap_err(), RequestError::TooLong);
    }

    #[tokio::test(start_paused = true)]
    async fn a_form_is_whole_text_and_not_long() {
        let bytes = |bytes: Vec<u8>| form(Full::new(Bytes::from(bytes)));
        assert_eq!(bytes(b"resource=x".to_vec()).await.unwrap(), "resource=x");
        assert_eq!(bytes(vec![b'a'; MAX_QUERY + 1]).await, Err(RequestError::Form));
        assert_eq!(bytes(vec![0xff]).await, Err(RequestError::Form));
        assert_eq!(form(Endless).await, Err(RequestError::Form));
    }

    struct Endless;

    impl Body for Endless {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[test]
    fn one_spelling_of_a_kind_counts() {
        let parameters = Parameters::parse("client_id=&clientid=x").unwrap();
        assert_eq!(parameters.any_of(&["client_id", "clientid"]).unwrap(), Some("x"));
        let both = Parameters::parse("client_id=x&clientid=x").unwrap();
        assert_eq!(both.any_of(&["client_id", "clientid"]).unwrap_err(), RequestError::Duplicate);
    }
}
