//! Why no token is available, in the terms of what can be done about it.

use std::time::Duration;

use crate::clock::TimeOfDay;

/// What the one who asked, and wisp itself, can do about a failure.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    /// The projected token cannot be used now; the kubelet may replace it any moment.
    Assertion,
    /// Nothing changes until someone changes configuration.
    Permanent,
    /// A federated credential, identity or signing key that may still be spreading through Entra.
    Propagation,
    /// Entra asked to be left alone for a while.
    Throttled,
    /// Network trouble or an outage.
    Transient,
}

/// What a failure is about: the bounded vocabulary of the `errorCategory` log field and of metric labels.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Category {
    /// The projected token: missing, unreadable, malformed, expired.
    Assertion,
    /// The client id, its application or its service principal.
    Client,
    /// wisp's own settings.
    Configuration,
    /// Issuer, subject, audience or signing keys against the federated identity credential.
    FederatedCredential,
    /// Reaching Entra: DNS, TCP, TLS, proxy.
    Network,
    /// Conditional Access, tenant restrictions, role assignment, consent.
    Policy,
    /// The request wisp itself built.
    Request,
    /// The resource that a token was asked for.
    Resource,
    /// Entra answered with an outage or with something unintelligible.
    Service,
    /// The tenant or the cloud it lives in.
    Tenant,
    /// Entra, or wisp's own limits, asked for fewer requests.
    Throttling,
    /// Entra did not answer in time.
    Timeout,
}

impl Category {
    /// The category as it stands in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Client => "client",
            Self::Configuration => "configuration",
            Self::FederatedCredential => "federated_credential",
            Self::Network => "network",
            Self::Policy => "policy",
            Self::Request => "request",
            Self::Resource => "resource",
            Self::Service => "service",
            Self::Tenant => "tenant",
            Self::Throttling => "throttling",
            Self::Timeout => "timeout",
        }
    }

    /// Every category, for building bounded tables.
    pub const ALL: [Self; 12] = [
        Self::Assertion,
        Self::Client,
        Self::Configuration,
        Self::FederatedCredential,
        Self::Network,
        Self::Policy,
        Self::Request,
        Self::Resource,
        Self::Service,
        Self::Tenant,
        Self::Throttling,
        Self::Timeout,
    ];
}

impl Class {
    /// Every class, for building bounded tables.
    pub(crate) const ALL: [Self; 5] =
        [Self::Assertion, Self::Permanent, Self::Propagation, Self::Throttled, Self::Transient];

    /// The class as it stands in logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Permanent => "permanent",
            Self::Propagation => "propagation",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
        }
    }
}

/// No token is available.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{description}")]
pub(crate) struct Failure {
    /// What can be done about it.
    pub class: Class,
    /// What it is about.
    pub category: Category,
    /// The OAuth error code to answer with (RFC 6749 section 5.2, plus Entra's `invalid_resource`).
    pub error: &'static str,
    /// One line for a person: what Entra said, the fix, and the presented issuer, subject and audience. At most
    /// [`MAX_DESCRIPTION`] bytes, never a secret.
    pub description: String,
    /// The AADSTS number that decided the class, if Entra gave one.
    pub code: Option<u32>,
    /// How long Entra asked to wait (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// When what may pass until then counts as [`Class::Permanent`].
    pub permanent_from: Option<TimeOfDay>,
    /// Entra's `trace_id`, for a support case.
    pub trace_id: Option<String>,
    /// The `client-request-id` wisp sent, which Entra logs as `correlation_id`.
    pub correlation_id: Option<String>,
}

/// Stands in texts, where they are compared with others, for what differs each time.
#[cfg(any(test, feature = "wispctl"))]
pub(crate) const BLANK: &str = "~~";

/// The longest `description`, in bytes, so that a whole error body stays within 1 KiB (Hadoop ABFS reads no more).
pub(crate) const MAX_DESCRIPTION: usize = 880;

impl Failure {
    /// A failure with its four essentials; the rest is filled in by who knows it.
    pub(crate) fn new(
        class: Class,
        category: Category,
        error: &'static str,
        description: impl AsRef<str>,
    ) -> Self {
        Self {
            class,
            category,
            error,
            description: one_line(description.as_ref()),
            code: None,
            retry_after: None,
            permanent_from: None,
            trace_id: None,
            correlation_id: None,
        }
    }
}

/// Folds control characters and runs of white space into single spaces and cuts the text to [`MAX_DESCRIPTION`] bytes.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_DESCRIPTION));
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MAX_DESCRIPTION {
            line.truncate(line.floor_char_boundary(MAX_DESCRIPTION - '…'.len_utf8()));
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{MAX_DESCRIPTION, one_line};

    #[test]
    fn text_becomes_one_bounded_line() {
        assert_eq!(one_line("a\r\nTrace ID: b\t\u{7} c "), "a Trace ID: b c");
        let long = one_line(&"é".repeat(2000));
        assert!(long.len() <= MAX_DESCRIPTION && long.ends_with('…'), "{}", long.len());
    }
}
