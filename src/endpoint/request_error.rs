//! Every way of refusing a request, and the one table of what each becomes on the wire.

use std::borrow::Cow;

use hyper::StatusCode;

use super::{guard::Mark, reason::Reason};
use crate::{
    failure::Category,
    identity::LookupError,
    names::{InvalidName, Resource},
};

/// A request that does not reach the broker.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.description())]
pub(super) enum RequestError {
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
    ResourceInvalid(#[source] InvalidName),
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
    Identity(#[source] LookupError, Resource),
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
    /// So many requests wait that no other may.
    Crowded,
    /// Configuration is not complete yet.
    Starting,
    /// The process ends before the token is there.
    Ending,
}

/// How long a client is asked to wait while wisp starts or ends, in seconds.
const RESTART_WAIT: u64 = 1;

impl RequestError {
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
                (BAD, INVALID, "The body is not a form; send it as application/x-www-form-urlencoded.")
            }
            Self::Form => {
                (BAD, INVALID, "The form is longer than 8 KiB, is not UTF-8 text, or did not arrive in time.")
            }
            Self::Identity(LookupError::Resource(_), _) => (BAD, "invalid_resource", ""),
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
                "The path does not support this method; see the header Allow.",
            ),
            Self::Crowded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "Too many requests are waiting for their answers; ask again in a moment. Fix: if the clients need that many, raise \
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

    /// The status and the OAuth error code.
    pub(super) const fn wire(&self) -> (StatusCode, &'static str) {
        let (status, error, _) = self.row();
        (status, error)
    }

    /// What is wrong, on one line.
    pub(super) fn description(&self) -> Cow<'static, str> {
        let (_, _, text) = self.row();
        match self {
            Self::Identity(error, _) => Cow::Owned(error.to_string()),
            Self::Secret(header) => Cow::Owned(format!(
                "The header {header} is missing or not equal to the secret of this endpoint. Fix: give wisp and the \
                 application the same value in WISP_IDENTITY_HEADER and in IDENTITY_HEADER (or MSI_SECRET)."
            )),
            Self::Marked(mark) => {
                Cow::Owned(format!("The header {} is not allowed{}", mark.shown, mark.advice))
            }
            Self::ResourceInvalid(reason) => Cow::Owned(format!("{text}: {reason}.")),
            _ => Cow::Borrowed(text),
        }
    }

    /// `Retry-After`, in seconds.
    pub(super) fn retry_after(&self) -> Option<u64> {
        matches!(self, Self::Crowded | Self::Starting | Self::Ending).then_some(RESTART_WAIT)
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
            Self::Identity(LookupError::Unknown, _) => Reason::IdentityUnknown,
            Self::Identity(LookupError::Ambiguous, _) => Reason::IdentityAmbiguous,
            Self::Identity(LookupError::Resource(_), _) => Reason::ResourceNotAllowed,
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
            Self::Identity(LookupError::Resource(_), _)
            | Self::ResourceMissing
            | Self::ResourceInvalid(_) => Category::Resource,
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
        matches!(self, Self::Identity(LookupError::Unknown, _))
    }

    /// Whether well-meaning clients cause it in the normal course of things: probes, and looking for other services.
    pub(super) const fn is_routine(&self) -> bool {
        matches!(self, Self::MetadataHeader | Self::UnknownPath | Self::NotServed | Self::NotInDocument)
    }
}

#[cfg(test)]
mod tests {
    use super::RequestError;
    use crate::identity::LookupError;

    #[test]
    fn only_a_503_or_429_asks_to_come_back() {
        for refused in [
            RequestError::MetadataHeader,
            RequestError::ApiVersion,
            RequestError::UnknownPath,
            RequestError::Method("GET"),
            RequestError::Secret("secret"),
            RequestError::NoSecret,
            RequestError::Elsewhere,
            RequestError::Identity(LookupError::Unknown, "x".parse().unwrap()),
        ] {
            assert_eq!(refused.retry_after(), None, "{refused:?}");
        }
        assert_eq!(RequestError::Crowded.retry_after(), Some(1));
        assert_eq!(RequestError::Starting.retry_after(), Some(1));
        assert_eq!(RequestError::Ending.retry_after(), Some(1));
    }

    #[test]
    fn a_probe_is_never_answered_with_the_words_that_mean_absence() {
        for refused in [
            RequestError::MetadataHeader,
            RequestError::NotServed,
            RequestError::NotInDocument,
            RequestError::UnknownPath,
            RequestError::Starting,
            RequestError::Secret("secret"),
            RequestError::NoSecret,
            RequestError::Elsewhere,
        ] {
            let text = refused.to_string().to_lowercase();
            assert!(!text.contains("unreachable") && !text.contains("identity not found"), "{text}");
        }
    }
}
