//! Why a call has no answer, and what to do.

use std::time::Duration;

use super::{Call, Page, Verb};
use crate::operator::cluster::{Collection, Object};

/// Why a call has no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ApiError {
    /// There is no such object.
    #[error("{0} is not there")]
    NotFound(String),
    /// Nobody asked an API server: what was read before does not have it.
    #[error("{0} is not among what was read")]
    NotRead(String),
    /// Somebody else wrote first.
    #[error("{0} was written by another process meanwhile")]
    Conflict(String),
    /// A right is missing.
    #[error("the API server refuses `{verb}` of {object}; {fix}")]
    Forbidden {
        /// The verb of RBAC.
        verb: &'static str,
        /// The object.
        object: String,
        /// The right to give.
        fix: String,
    },
    /// Somebody whom the API server asks does not allow it: a webhook, a policy, a quota, the end of a namespace.
    #[error("the API server does not take `{verb}` of {object}: {message}; {fix}")]
    Refused {
        /// The verb of RBAC.
        verb: &'static str,
        /// The object.
        object: String,
        /// Who does not and why, shortened.
        message: String,
        /// What to do.
        fix: &'static str,
    },
    /// The API server does not know the caller.
    #[error(
        "the API server does not accept the credentials of this process for {0}; check the service account token or the kubeconfig"
    )]
    Unauthorized(String),
    /// No answer in time.
    #[error(
        "the API server did not answer within {seconds} s to `{verb}` of {object}; check the network between this process and it"
    )]
    TimedOut {
        /// The verb of RBAC.
        verb: &'static str,
        /// The object.
        object: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// No connection.
    #[error("cannot reach the API server at {server}: {reason}")]
    Unreachable {
        /// Its address.
        server: String,
        /// What the network or TLS said.
        reason: String,
    },
    /// More than is read.
    #[error("the answer of the API server at {server} is larger than {mebibytes} MiB")]
    TooLarge {
        /// Its address.
        server: String,
        /// What is read.
        mebibytes: usize,
    },
    /// Any other answer.
    #[error("the API server answered `{verb}` of {object} with status {status}: {message}{}", behind(*status, message))]
    Status {
        /// The verb of RBAC.
        verb: &'static str,
        /// The object.
        object: String,
        /// The HTTP status.
        status: u16,
        /// What it said, shortened.
        message: String,
        /// How long it asks not to be asked again.
        retry_after: Option<Duration>,
    },
}

/// The most bytes of a message of the API server that are repeated.
const LONGEST_MESSAGE: usize = 300;

impl ApiError {
    /// The error that the HTTP `status` of an answer to `call` means; `message` is what the API server said.
    pub(in super::super) fn of(call: Call<'_>, status: u16, message: &str) -> Self {
        let Call { verb, object, .. } = call;
        match status {
            404 if verb != Verb::Create || object.is_subresource() => Self::NotFound(object.to_string()),
            409 => Self::Conflict(object.to_string()),
            400 | 403 | 422 if advice(message).is_some() => Self::Refused {
                verb: verb.name(),
                object: object.to_string(),
                message: shortened(message),
                fix: advice(message).unwrap_or_default(),
            },
            403 => Self::Forbidden {
                verb: verb.name(),
                object: object.to_string(),
                fix: missing_right(verb, object),
            },
            _ => Self::other(verb.name(), object.to_string(), status, message),
        }
    }

    /// The same for a page.
    pub(in super::super) fn of_page(page: Page<'_>, status: u16, message: &str) -> Self {
        let collection = page.collection;
        match status {
            404 => Self::NotFound(collection.to_string()),
            403 => {
                Self::Forbidden { verb: LIST, object: collection.to_string(), fix: missing_list(collection) }
            }
            _ => Self::other(LIST, collection.to_string(), status, message),
        }
    }

    /// Whether it may be gone the next time.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Unreachable { .. } => true,
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    fn other(verb: &'static str, object: String, status: u16, message: &str) -> Self {
        if status == 401 {
            return Self::Unauthorized(object);
        }
        Self::Status { verb, object, status, message: shortened(message), retry_after: None }
    }

    /// The same, of an answer that asks for `pause` before the next try.
    pub(in super::super) fn with_pause(mut self, pause: Option<Duration>) -> Self {
        if let Self::Status { retry_after, .. } = &mut self {
            *retry_after = pause;
        }
        self
    }

    /// How long the API server asks not to be asked again.
    pub(in super::super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The page took too long.
    pub(in super::super) fn page_timed_out(page: Page<'_>) -> Self {
        let (object, seconds) = (page.collection.to_string(), page.timeout.as_secs());
        Self::TimedOut { verb: LIST, object, seconds }
    }

    /// The call took too long.
    pub(in super::super) fn timed_out(call: Call<'_>) -> Self {
        Self::TimedOut {
            verb: call.verb.name(),
            object: call.object.to_string(),
            seconds: call.timeout.as_secs(),
        }
    }
}

const BY_WEBHOOK: &str = "ask who runs that webhook, or change what it minds";
const BY_POLICY: &str = "ask who made that policy, or change what it minds";

/// How API servers begin to say that it is no missing right, and what to do then.
const REFUSALS: [(&str, &str); 6] = [
    ("admission webhook", BY_WEBHOOK),
    ("ValidatingAdmissionPolicy", BY_POLICY),
    ("denied request", BY_POLICY),
    ("exceeded quota", "raise that quota, or make room in it"),
    ("is being terminated", "its namespace is being deleted: leave that out"),
    (
        "violates PodSecurity",
        "choose what the Pod Security level of its namespace allows, or change that level",
    ),
];

/// What to do where `message` tells of somebody whom the API server asks; none where it does not.
fn advice(message: &str) -> Option<&'static str> {
    let found = REFUSALS.iter().find(|(words, _)| message.contains(words));
    found.map(|(_, fix)| *fix)
}

/// What to do where the answer alone does not say it, as it stands behind it.
fn behind(status: u16, message: &str) -> &'static str {
    match status {
        404 => "; see that its namespace is there and its kind is served",
        410 => "; it has forgotten where the list was: try again",
        429 => "; it has too much to do: try again later",
        500.. if message.contains("failed calling webhook") => {
            "; see that this webhook runs and is reached, and try again"
        }
        500.. => "; try again later",
        _ => "",
    }
}

/// A message of the API server as it is repeated.
fn shortened(message: &str) -> String {
    let end = message.floor_char_boundary(LONGEST_MESSAGE);
    message
        .get(..end)
        .unwrap_or_default()
        .escape_debug()
        .to_string()
}

/// The verb of RBAC for pages.
const LIST: &str = "list";

/// The rule of RBAC that is missing for a page, in words.
fn missing_list(collection: &Collection) -> String {
    let role = match collection.namespace_name() {
        Some(namespace) => format!("a Role in namespace `{namespace}` (or a ClusterRole)"),
        None => "a ClusterRole".to_owned(),
    };
    format!("give its service account {role} that allows `{LIST}` on `{}`", collection.resource())
}

/// The rule of RBAC that is missing, in words.
fn missing_right(verb: Verb, object: &Object) -> String {
    let (resource, verb) = (object.resource(), verb.name());
    // Those of others, of which there is no list.
    if matches!(resource, "serviceaccounts" | "namespaces") {
        return format!("give its service account a ClusterRole that allows `{verb}` on `{resource}`");
    }
    let role = object.namespace_name().map_or_else(
        || "a ClusterRole".to_owned(),
        |namespace| format!("a Role in namespace `{namespace}` (or a ClusterRole)"),
    );
    // A name cannot limit what is made: at that moment there is none. Pods have another one tomorrow.
    let is_nameless = if object.is_subresource() { resource.starts_with("pods/") } else { verb == "create" };
    let named = match verb {
        _ if is_nameless => String::new(),
        _ => format!(" with resource name `{}`", object.name()),
    };
    format!("give its service account {role} that allows `{verb}` on `{resource}`{named}")
}
