//! Every way of not answering with a token, and the one table of what each becomes on the wire.

use std::{borrow::Cow, time::Duration};

use hyper::StatusCode;

use super::{guard::Mark, question::cut, reason::Reason};
use crate::{
    clock::TimeOfDay,
    failure::{Category, Class, Failure, MAX_DESCRIPTION},
    identity::Refusal,
    names::{InvalidName, Resource},
};

/// A request that does not reach the broker.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refused {
    /// No `Metadata: true`: an SSRF attempt, or a probe that asks whether the service is there.
    MetadataHeader,
    /// A header is there that only proxies and browsers send.
    Marked(&'static Mark),
    /// The secret of App Service is not in the header of this name, or is another one.
    Secret(&'static str),
    /// There is no secret of App Service to compare with.
    NoSecret,
    /// The target is another server, or asks for a tunnel.
    Elsewhere,
    /// The `Host` is not one that a client of the metadata service would name.
    Host,
    /// No known API version.
    ApiVersion,
    /// No resource to ask a token for.
    ResourceMissing,
    /// The resource cannot be one.
    ResourceInvalid(InvalidName),
    /// A parameter, or an identity, is given twice.
    Duplicate,
    /// Malformed percent-encoding.
    Encoding,
    /// Query or form are longer than any real one.
    TooLong,
    /// The body says that it is something else than a form.
    NotAForm,
    /// The form in the body did not arrive whole.
    Form,
    /// The identity, or this resource, may not be asked for.
    Identity(Refusal, Resource),
    /// What wisp passed on came back to it.
    Loop,
    /// A path of the metadata service that is not served here.
    NotServed,
    /// A path below the document that the document does not have.
    NotInDocument,
    /// Any other path that nothing is served on.
    UnknownPath,
    /// A method that the path does not have; the ones it has, as in `Allow`.
    Method(&'static str),
    /// As many requests wait as may.
    Crowded,
    /// Configuration is not complete yet.
    Starting,
    /// The process ends before the token could be had.
    Ending,
}

/// What is wrong, ready for a dialect to render.
#[derive(Clone, Debug)]
pub(super) struct Problem<'a> {
    /// The status. Never 404, 410 or 5xx for what stays wrong with a path that clients of the metadata service ask for:
    /// they would retry it for minutes.
    pub(super) status: StatusCode,
    /// The OAuth error code.
    pub(super) error: &'static str,
    /// What is wrong, on one line.
    pub(super) description: Cow<'a, str>,
    /// More about it: what to do.
    pub(super) advice: String,
    /// `Retry-After`, in seconds. Never with a 400: Python's client retries whatever carries it.
    pub(super) retry_after: Option<u64>,
    /// The refusal behind it, for dialects that have a text of their own for some.
    pub(super) refused: Option<&'a Refused>,
}

/// The bounds of `Retry-After` for a throttled request: JavaScript's client needs the header, Go's gives up above 25 s.
const THROTTLED_WAIT: (u64, u64) = (1, 20);

/// The bounds of `Retry-After` for what passes by itself.
const TRANSIENT_WAIT: (u64, u64) = (1, 10);

/// How long a client is asked to wait while wisp starts or ends, in seconds.
const RESTART_WAIT: u64 = 1;

impl Refused {
    /// The table: status, OAuth error, text.
    const fn row(&self) -> (StatusCode, &'static str, &'static str) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const INVALID: &str = "invalid_request";
        match self {
            Self::MetadataHeader => (BAD, INVALID, "Required metadata header not specified"),
            // Not 403, which with the wrong words means "no metadata service here" to some clients.
            Self::Secret(_) => (StatusCode::UNAUTHORIZED, "unauthorized_client", ""),
            Self::NoSecret => (
                StatusCode::UNAUTHORIZED,
                "unauthorized_client",
                "This endpoint has no App Service secret. Fix: set WISP_IDENTITY_HEADER, and IDENTITY_HEADER (or \
                 MSI_SECRET) of the application to the same value; or remove IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT \
                 and MSI_SECRET from the application.",
            ),
            Self::Elsewhere => (
                BAD,
                INVALID,
                "wisp is not a proxy: it answers for the metadata service only. Fix: do not use it as http_proxy for other \
                 hosts.",
            ),
            Self::Host => {
                (BAD, INVALID, "The Host is neither 169.254.169.254 nor loopback nor a name in WISP_HOSTS.")
            }
            Self::ApiVersion => {
                (BAD, INVALID, "Bad request. api-version is invalid or was not specified in the request.")
            }
            Self::ResourceMissing => (BAD, INVALID, "Required audience parameter not specified"),
            Self::ResourceInvalid(_) => (BAD, "invalid_resource", "The parameter 'resource' is malformed"),
            Self::Duplicate => (
                BAD,
                INVALID,
                "A parameter is given twice, or the identity is named in two ways; give each once.",
            ),
            Self::Encoding => (BAD, INVALID, "The query has malformed percent-encoding."),
            Self::TooLong => (
                StatusCode::URI_TOO_LONG,
                INVALID,
                "The query is longer than 8 KiB or has over 32 parameters.",
            ),
            Self::NotAForm => {
                (BAD, INVALID, "The body is no form; send it as application/x-www-form-urlencoded.")
            }
            Self::Form => {
                (BAD, INVALID, "The form is longer than 8 KiB, is not UTF-8 text, or did not arrive in time.")
            }
            Self::Identity(Refusal::Resource(_), _) => (BAD, "invalid_resource", ""),
            Self::Marked(_) | Self::Identity(..) => (BAD, INVALID, ""),
            Self::Loop => (
                BAD,
                INVALID,
                "wisp reached itself instead of the node's metadata service. Fix: give `wisp redirect` the arguments `--mode nft \
                 --passthrough-uid` and the user that wisp runs as, or empty WISP_PASSTHROUGH.",
            ),
            // Neither 404, which .NET's client retries for half a minute for each of two paths, nor 400, which would tell
            // it that there is version 2 of the protocol. It looks at no words but "unreachable".
            Self::NotServed => (
                StatusCode::FORBIDDEN,
                "not_served",
                "wisp hands out tokens and serves nothing else on this path. Fix: where the application needs it, set \
                 WISP_INSTANCE_DOCUMENT, which serves /metadata/instance, or WISP_PASSTHROUGH, which passes paths on to the \
                 node, except those of identities.",
            ),
            Self::NotInDocument => (
                StatusCode::FORBIDDEN,
                "not_served",
                "The document of WISP_INSTANCE_DOCUMENT has nothing at this path. Fix: add it there.",
            ),
            Self::UnknownPath => (
                StatusCode::NOT_FOUND,
                "not_found",
                "This endpoint hands out tokens; nothing is served on this path.",
            ),
            Self::Method(_) => (
                StatusCode::METHOD_NOT_ALLOWED,
                INVALID,
                "The path does not have this method; see the header Allow.",
            ),
            Self::Crowded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "As many requests wait for their answer as may; ask again in a moment. Fix: if the clients need that many, raise \
                 WISP_MAX_CONNECTIONS.",
            ),
            Self::Starting => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The endpoint is starting and will answer in a moment.",
            ),
            Self::Ending => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The endpoint is shutting down before the answer is here; ask again when it is back.",
            ),
        }
    }

    pub(super) fn problem(&self) -> Problem<'_> {
        let (status, error, text) = self.row();
        let description = match self {
            Self::Identity(refusal, _) => Cow::Owned(refusal.to_string()),
            Self::Secret(header) => Cow::Owned(format!(
                "The header {header} is missing or not equal to the secret of this endpoint. Fix: give wisp and the \
                 application the same value in WISP_IDENTITY_HEADER and in IDENTITY_HEADER (or MSI_SECRET)."
            )),
            Self::Marked(mark) => {
                Cow::Owned(format!("The header {} is not allowed{}", mark.shown, mark.advice))
            }
            Self::ResourceInvalid(reason) => Cow::Owned(format!("{text}: {reason}.")),
            _ => Cow::Borrowed(text),
        };
        let retry_after =
            matches!(self, Self::Crowded | Self::Starting | Self::Ending).then_some(RESTART_WAIT);
        Problem { status, error, description, advice: String::new(), retry_after, refused: Some(self) }
    }

    /// Its name in logs and metrics.
    pub(super) const fn reason(&self) -> Reason {
        match self {
            Self::MetadataHeader => Reason::MetadataHeader,
            Self::Marked(_) => Reason::Marked,
            Self::Secret(_) => Reason::Secret,
            Self::NoSecret => Reason::NoSecret,
            Self::Elsewhere => Reason::Elsewhere,
            Self::Host => Reason::Host,
            Self::ApiVersion => Reason::ApiVersion,
            Self::ResourceMissing => Reason::ResourceMissing,
            Self::ResourceInvalid(_) => Reason::ResourceMalformed,
            Self::Duplicate => Reason::Duplicate,
            Self::Encoding => Reason::Encoding,
            Self::TooLong => Reason::TooLong,
            Self::NotAForm | Self::Form => Reason::Form,
            Self::Identity(Refusal::Unknown, _) => Reason::IdentityUnknown,
            Self::Identity(Refusal::Ambiguous, _) => Reason::IdentityAmbiguous,
            Self::Identity(Refusal::Resource(_), _) => Reason::ResourceNotAllowed,
            Self::Loop => Reason::Loop,
            Self::NotServed => Reason::NotServed,
            Self::NotInDocument => Reason::NotInDocument,
            Self::UnknownPath => Reason::UnknownPath,
            Self::Method(_) => Reason::Method,
            Self::Crowded => Reason::Crowded,
            Self::Starting => Reason::Starting,
            Self::Ending => Reason::Ending,
        }
    }

    /// What it is about, in the words that failures from upstream use.
    pub(super) const fn category(&self) -> Category {
        match self {
            Self::Identity(Refusal::Resource(_), _) | Self::ResourceMissing | Self::ResourceInvalid(_) => {
                Category::Resource
            }
            Self::Identity(..) => Category::Client,
            Self::Starting | Self::Ending => Category::Configuration,
            _ => Category::Request,
        }
    }

    /// The resource that was asked for, if the request came so far.
    pub(super) fn resource(&self) -> Option<&str> {
        if let Self::Identity(_, resource) = self { Some(resource.as_str()) } else { None }
    }

    /// Whether the name that was asked for may only not be known yet.
    pub(super) fn may_be_learned(&self) -> bool {
        matches!(self, Self::Identity(Refusal::Unknown, _))
    }

    /// Whether well-meaning clients cause it in the normal course of things: probes, and looking for other services.
    pub(super) const fn is_routine(&self) -> bool {
        matches!(self, Self::MetadataHeader | Self::UnknownPath | Self::NotServed | Self::NotInDocument)
    }
}

/// What a client is told that sees a 503 now and would see a 400 later.
fn until(permanent_from: TimeOfDay) -> String {
    format!("Answered 503 until {permanent_from} UTC because it may still be spreading, then 400.")
}

/// The beginning of `text`, at most `most` bytes of it, so that what follows it is not cut off instead.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", cut(text, most.saturating_sub('…'.len_utf8()))))
}

impl Problem<'_> {
    /// The one line for a person.
    pub(super) fn text(&self) -> Cow<'_, str> {
        self.text_after(&self.description)
    }

    /// The line that says `words` in place of the description.
    pub(super) fn text_after<'a>(&self, words: &'a str) -> Cow<'a, str> {
        if self.advice.is_empty() {
            return Cow::Borrowed(words);
        }
        let stop = if words.ends_with(['.', '…']) { "" } else { "." };
        Cow::Owned(format!("{words}{stop} {}", self.advice))
    }
}

impl<'a> From<&'a Failure> for Problem<'a> {
    /// The table: failure class to status and `Retry-After`.
    fn from(failure: &'a Failure) -> Self {
        let within = |(least, most): (u64, u64)| {
            // Rounded up: who comes back a moment too early waits a whole turn again.
            let wanted = failure
                .retry_after
                .unwrap_or_default()
                .saturating_add(Duration::from_nanos(999_999_999))
                .as_secs();
            Some(wanted.clamp(least, most))
        };
        let (status, retry_after) = match failure.class {
            Class::Permanent => (StatusCode::BAD_REQUEST, None),
            Class::Throttled => (StatusCode::TOO_MANY_REQUESTS, within(THROTTLED_WAIT)),
            Class::Propagation | Class::Transient | Class::Assertion => {
                (StatusCode::SERVICE_UNAVAILABLE, within(TRANSIENT_WAIT))
            }
        };
        let advice = failure.permanent_from.map(until).unwrap_or_default();
        let description = shortened(&failure.description, MAX_DESCRIPTION.saturating_sub(advice.len()));
        Problem { status, error: failure.error, description, advice, retry_after, refused: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, Refused};
    use crate::{
        failure::{Category, Class, Failure},
        identity::Refusal,
    };
    use std::time::Duration;

    fn wire(class: Class, retry_after: Option<f64>) -> (u16, Option<u64>) {
        let mut failure = Failure::new(class, Category::Service, "x", "y");
        failure.retry_after = retry_after.map(Duration::from_secs_f64);
        let problem = Problem::from(&failure);
        (problem.status.as_u16(), problem.retry_after)
    }

    #[test]
    fn each_class_has_its_status_and_bounds() {
        assert_eq!(wire(Class::Permanent, Some(30.0)), (400, None));
        assert_eq!(wire(Class::Throttled, None), (429, Some(1)));
        assert_eq!(wire(Class::Throttled, Some(7.2)), (429, Some(8)));
        assert_eq!(wire(Class::Throttled, Some(3600.0)), (429, Some(20)));
        for class in [Class::Transient, Class::Assertion, Class::Propagation] {
            assert_eq!(wire(class, None), (503, Some(1)));
            assert_eq!(wire(class, Some(60.0)), (503, Some(10)));
        }
    }

    #[test]
    fn only_a_503_or_429_asks_to_come_back() {
        for refused in [
            Refused::MetadataHeader,
            Refused::ApiVersion,
            Refused::UnknownPath,
            Refused::Method("GET"),
            Refused::Secret("secret"),
            Refused::NoSecret,
            Refused::Elsewhere,
            Refused::Identity(Refusal::Unknown, "x".parse().unwrap()),
        ] {
            assert_eq!(refused.problem().retry_after, None, "{refused:?}");
        }
        assert_eq!(Refused::Crowded.problem().retry_after, Some(1));
        assert_eq!(Refused::Starting.problem().retry_after, Some(1));
        assert_eq!(Refused::Ending.problem().retry_after, Some(1));
    }

    #[test]
    fn a_probe_is_never_answered_with_the_words_that_mean_absence() {
        for refused in [
            Refused::MetadataHeader,
            Refused::NotServed,
            Refused::NotInDocument,
            Refused::UnknownPath,
            Refused::Starting,
            Refused::Secret("secret"),
            Refused::NoSecret,
            Refused::Elsewhere,
        ] {
            let text = refused.problem().description.to_lowercase();
            assert!(!text.contains("unreachable") && !text.contains("identity not found"), "{text}");
        }
    }
}
