//! What a refused request asked, for its log line: on-call must see which client asks for what.
//!
//! Only what cannot be a secret, or is cut and hashed: never the query as it stands, never a header but `Host`.

use hyper::{HeaderMap, Method, Uri, header::HOST, http::request::Parts};

use super::{
    ShowIdentity,
    dialect::{IDENTITY, RESOURCE_ID, names_identity},
    guard::METADATA,
    problem::Refused,
    request::Parameters,
};

/// The most that a log line repeats of one text, in bytes.
const MAX_SHOWN: usize = 128;

/// The most that a log line repeats of a method or of a parameter's name, in bytes.
const MAX_NAME: usize = 32;

/// The most that a log line repeats of the value of a header, in bytes, and of how many of them.
const MAX_VALUE: usize = 12;
const MAX_VALUES: usize = 3;

/// A request, as far as it explains its refusal.
#[derive(Debug)]
pub(super) struct Question {
    method: Method,
    uri: Uri,
    /// The form, if the question stood in one and was refused.
    pub(super) form: String,
}

impl Question {
    /// The question in `head`. Copies nothing long: targets are shared bytes.
    pub(super) fn of(head: &Parts) -> Self {
        Self { method: head.method.clone(), uri: head.uri.clone(), form: String::new() }
    }

    /// Whether it was asked with `method`.
    pub(super) fn is(&self, method: &Method) -> bool {
        self.method == *method
    }

    /// Whether it asks for this API version, whether the rest of it can be read or not.
    pub(super) fn asks_for_version(&self, version: &str) -> bool {
        self.pairs()
            .any(|pair| Parameters::parse(pair).is_ok_and(|p| p.get("api-version") == Some(version)))
    }

    pub(super) fn method(&self) -> &str {
        cut(self.method.as_str(), MAX_NAME)
    }

    /// The path, without the query.
    pub(super) fn path(&self) -> &str {
        cut(self.uri.path(), MAX_SHOWN)
    }

    /// The host of the target, or else every `Host`.
    pub(super) fn host(&self, headers: &HeaderMap) -> String {
        if let Some(host) = self.uri.host() {
            return cut(host, MAX_SHOWN).to_owned();
        }
        let hosts: Vec<_> = headers
            .get_all(HOST)
            .iter()
            .map(|host| String::from_utf8_lossy(host.as_bytes()))
            .collect();
        cut(&hosts.join(", "), MAX_SHOWN).to_owned()
    }

    /// The parameter that is to blame, in the client's spelling.
    pub(super) fn parameter(&self, refused: &Refused) -> Option<&str> {
        match refused {
            Refused::ApiVersion => Some("api-version"),
            Refused::ResourceMissing | Refused::ResourceInvalid(_) => Some("resource"),
            Refused::Duplicate => self.repeated(),
            Refused::Encoding => self
                .pairs()
                .find(|pair| Parameters::parse(pair).is_err())
                .map(name),
            _ => None,
        }
        .map(|parameter| cut(parameter, MAX_NAME))
    }

    /// The name that stands there twice, or else the second name of an identity.
    fn repeated(&self) -> Option<&str> {
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

    /// How the identity is named, and its name as it may stand in the log. `None` if none is named, or if the question
    /// cannot be read.
    pub(super) fn identity(&self, show: &ShowIdentity) -> Option<(&'static str, String)> {
        [self.form.as_str(), self.uri.query().unwrap_or_default()]
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

    fn pairs(&self) -> impl Iterator<Item = &str> {
        self.form
            .split('&')
            .chain(self.uri.query().unwrap_or_default().split('&'))
            .filter(|pair| !pair.is_empty())
    }
}

/// The header that is to blame, and its value where that cannot be a secret.
///
/// A value that should have been `true` may be anything, so no more of it is told than says what it is not.
pub(super) fn blamed_header(
    refused: &Refused,
    headers: &HeaderMap,
) -> Option<(&'static str, Option<String>)> {
    match refused {
        Refused::MetadataHeader => {
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
        Refused::Marked(mark) => Some((mark.shown, None)),
        Refused::Secret(header) => Some((header, None)),
        _ => None,
    }
}

fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// The beginning of `text`, at most `most` bytes of it.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{MAX_SHOWN, Question, Refused, ShowIdentity, blamed_header};
    use hyper::{HeaderMap, Request, header::HeaderValue};

    fn question(target: &str) -> Question {
        Question::of(&Request::get(target).body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_parameter_to_blame_is_named() {
        let blamed = |query: &str, refused| {
            question(&format!("/x?{query}"))
                .parameter(&refused)
                .map(str::to_owned)
        };
        assert_eq!(blamed("a=1&resource=x&Resource=y", Refused::Duplicate).unwrap(), "Resource");
        assert_eq!(blamed("client_id=a&object_id=b", Refused::Duplicate).unwrap(), "object_id");
        assert_eq!(blamed("client_id=&object_id=b&mi_res_id=c", Refused::Duplicate).unwrap(), "mi_res_id");
        assert_eq!(blamed("a=1&b=%zz", Refused::Encoding).unwrap(), "b");
        assert_eq!(blamed("a=1", Refused::ResourceMissing).unwrap(), "resource");
        assert_eq!(blamed("a=1", Refused::Host), None);
        let long = "x".repeat(1000);
        assert!(
            blamed(&format!("{long}=1&{long}=2"), Refused::Duplicate)
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
            blamed_header(&Refused::MetadataHeader, &headers)
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
        let named = |target: &str| question(target).identity(&show);
        assert_eq!(named("/x?resource=r"), None);
        assert_eq!(named("/x?clientid=a%20b"), Some(("client_id", "<a b>".into())));
        assert_eq!(named("/x?principal_id=p"), Some(("object_id", "<p>".into())));
        let (kind, id) = named(&format!("/x?mi_res_id=/{}", "é".repeat(100).replace('é', "%C3%A9"))).unwrap();
        assert_eq!(kind, "resource_id");
        assert!(id.len() <= MAX_SHOWN && id.starts_with("/é"), "{id}");
        let mut posted = question("/x");
        posted.form = "client_id=f".into();
        assert_eq!(posted.identity(&show), Some(("client_id", "<f>".into())));
        assert_eq!(question(&format!("/{}?q", "p".repeat(500))).path().len(), MAX_SHOWN);
        assert_eq!(question("http://evil.example:1/x").host(&HeaderMap::new()), "evil.example");
    }
}
