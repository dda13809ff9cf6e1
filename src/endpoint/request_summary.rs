//! What a refused request asked for, for its log line: on-call must see which client asks for what.
//!
//! Only what cannot be a secret, or is cut and hashed: never the query as it stands, never a header but `Host`.

use hyper::{HeaderMap, header::HOST, http::request::Parts};

use super::{
    ShowIdentity,
    dialect::{IDENTITY, RESOURCE_ID, names_identity},
    guard::METADATA,
    request::Parameters,
    request_error::RequestError,
};

/// The most that a log line repeats of one text, in bytes.
const MAX_SHOWN: usize = 128;

/// The most that a log line repeats of a method or of a parameter's name, in bytes.
const MAX_NAME: usize = 32;

/// The most that a log line repeats of the value of a header, in bytes, and of how many of them.
const MAX_VALUE: usize = 12;
const MAX_VALUES: usize = 3;

/// A request, as far as it explains its refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestSummary<'a> {
    head: &'a Parts,
    form: &'a str,
}

impl<'a> RequestSummary<'a> {
    /// The summary of `head`, and of a form if there is one.
    pub(super) const fn of(head: &'a Parts, form: &'a str) -> Self {
        Self { head, form }
    }

    /// Whether it asks for this API version, whether the rest of it can be read or not.
    pub(super) fn asks_for_version(self, version: &str) -> bool {
        self.pairs()
            .any(|pair| Parameters::parse(pair).is_ok_and(|p| p.get("api-version") == Some(version)))
    }

    pub(super) fn method(self) -> &'a str {
        cut(self.head.method.as_str(), MAX_NAME)
    }

    /// The path, without the query.
    pub(super) fn path(self) -> &'a str {
        cut(self.head.uri.path(), MAX_SHOWN)
    }

    /// The host of the target, or else every `Host`.
    pub(super) fn host(self) -> String {
        if let Some(host) = self.head.uri.host() {
            return cut(host, MAX_SHOWN).to_owned();
        }
        let hosts: Vec<_> = self
            .head
            .headers
            .get_all(HOST)
            .iter()
            .map(|host| String::from_utf8_lossy(host.as_bytes()))
            .collect();
        cut(&hosts.join(", "), MAX_SHOWN).to_owned()
    }

    /// The parameter that is to blame, in the client's spelling.
    pub(super) fn parameter(self, refused: &RequestError) -> Option<&'a str> {
        match refused {
            RequestError::ApiVersion => Some("api-version"),
            RequestError::ResourceMissing | RequestError::ResourceInvalid(_) => Some("resource"),
            RequestError::Duplicate => self.repeated(),
            RequestError::Encoding => self
                .pairs()
                .find(|pair| Parameters::parse(pair).is_err())
                .map(name),
            _ => None,
        }
        .map(|parameter| cut(parameter, MAX_NAME))
    }

    /// The name that stands there twice, or else the second name of an identity.
    fn repeated(self) -> Option<&'a str> {
        let names = || self.pairs().map(name);
        let repeats = |(at, given): (usize, &str)| names().take(at).any(|n| n.eq_ignore_ascii_case(given));
        names()
            .enumerate()
            .find(|named| repeats(*named))
            .map(|(_, given)| given)
            .or_else(|| {
                self.pairs()
                    .filter(|pair| !pair.ends_with('='))
                    .map(name)
                    .filter(|given| names_identity(given))
                    .nth(1)
            })
    }

    /// How the identity is named, and its name as it may stand in the log. `None` if none is named, or if the request
    /// cannot be read.
    pub(super) fn identity(self, show: &ShowIdentity) -> Option<(&'static str, String)> {
        [self.form, self.head.uri.query().unwrap_or_default()]
            .into_iter()
            .find_map(|text| {
                let parameters = Parameters::parse(text).ok()?;
                IDENTITY.into_iter().find_map(|(kind, spellings)| {
                    let id = parameters.any_of(spellings).ok()??;
                    let shown =
                        if spellings == RESOURCE_ID { cut(id, MAX_SHOWN).to_owned() } else { show(id) };
                    Some((kind, shown))
                })
            })
    }

    fn pairs(self) -> impl Iterator<Item = &'a str> {
        self.form
            .split('&')
            .chain(self.head.uri.query().unwrap_or_default().split('&'))
            .filter(|pair| !pair.is_empty())
    }
}

/// The header that is to blame, and its value where that cannot be a secret.
///
/// A value that should have been `true` may be anything, so no more of it is shown than says what it is not.
pub(super) fn blamed_header(
    refused: &RequestError,
    headers: &HeaderMap,
) -> Option<(&'static str, Option<String>)> {
    match refused {
        RequestError::MetadataHeader => {
            let values: Vec<_> = headers
                .get_all(METADATA)
                .iter()
                .map(|value| {
                    let bytes = value.as_bytes();
                    let shown = bytes.get(..MAX_VALUE).unwrap_or(bytes);
                    let rest = if shown.len() < bytes.len() { "…" } else { "" };
                    format!("{}{rest}", shown.escape_ascii())
                })
                .take(MAX_VALUES)
                .collect();
            (!values.is_empty()).then(|| ("Metadata", Some(values.join(", "))))
        }
        RequestError::Marked(mark) => Some((mark.shown, None)),
        RequestError::Secret(header) => Some((header, None)),
        _ => None,
    }
}

fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// The beginning of `text`, at most `most` bytes of it.
fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{MAX_SHOWN, Parts, RequestError, RequestSummary, ShowIdentity, blamed_header};
    use hyper::{HeaderMap, Request, header::HeaderValue};

    fn head(target: &str) -> Parts {
        Request::get(target).body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_parameter_to_blame_is_named() {
        let blamed = |query: &str, refused| {
            RequestSummary::of(&head(&format!("/x?{query}")), "")
                .parameter(&refused)
                .map(str::to_owned)
        };
        assert_eq!(blamed("a=1&resource=x&Resource=y", RequestError::Duplicate).unwrap(), "Resource");
        assert_eq!(blamed("client_id=a&object_id=b", RequestError::Duplicate).unwrap(), "object_id");
        assert_eq!(
            blamed("client_id=&object_id=b&mi_res_id=c", RequestError::Duplicate).unwrap(),
            "mi_res_id"
        );
        assert_eq!(blamed("a=1&b=%zz", RequestError::Encoding).unwrap(), "b");
        assert_eq!(blamed("a=1", RequestError::ResourceMissing).unwrap(), "resource");
        assert_eq!(blamed("a=1", RequestError::Host), None);
        let long = "x".repeat(1000);
        assert!(
            blamed(&format!("{long}=1&{long}=2"), RequestError::Duplicate)
                .unwrap()
                .len()
                < 100
        );
    }

    #[test]
    fn a_metadata_header_that_is_not_true_is_shown_in_part() {
        let shown = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("metadata", HeaderValue::from_bytes(value).unwrap());
            }
            blamed_header(&RequestError::MetadataHeader, &headers)
        };
        let value = |text: &str| Some(("Metadata", Some(text.to_owned())));
        assert_eq!(shown(&[]), None);
        assert_eq!(shown(&[b"1"]), value("1"));
        assert_eq!(shown(&[b"true", b"\x80\t\""]), value("true, \\x80\\t\\\""));
        assert_eq!(shown(&[b"eyJhbGciOiJSUzI1NiJ9"]), value("eyJhbGciOiJS…"));
        assert_eq!(shown(&[b"x".as_slice(); 50]), value("x, x, x"));
    }

    #[test]
    fn ids_are_shown_as_the_settings_have_it_and_nothing_is_long() {
        let show: ShowIdentity = Box::new(|id| format!("<{id}>"));
        let named = |target: &str| RequestSummary::of(&head(target), "").identity(&show);
        assert_eq!(named("/x?resource=r"), None);
        assert_eq!(named("/x?clientid=a%20b"), Some(("client_id", "<a b>".into())));
        assert_eq!(named("/x?principal_id=p"), Some(("object_id", "<p>".into())));
        let (kind, id) = named(&format!("/x?mi_res_id=/{}", "é".repeat(100).replace('é', "%C3%A9"))).unwrap();
        assert_eq!(kind, "resource_id");
        assert!(id.len() <= MAX_SHOWN && id.starts_with("/é"), "{id}");
        let head_of_form = head("/x");
        let posted = RequestSummary::of(&head_of_form, "client_id=f");
        assert_eq!(posted.identity(&show), Some(("client_id", "<f>".into())));
        assert_eq!(
            RequestSummary::of(&head(&format!("/{}?q", "p".repeat(500))), "")
                .path()
                .len(),
            MAX_SHOWN
        );
        assert_eq!(RequestSummary::of(&head("http://evil.example:1/x"), "").host(), "evil.example");
    }
}
