//! One call to an API server, and what comes of it.

use std::{future::Future, time::Duration};

use serde_json::Value;

use super::{Collection, Object};
use crate::clock::UnixTime;

/// What is done with an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verb {
    /// Read.
    Get,
    /// Made; it must not be there yet.
    Create,
    /// Replaced; the new one names the resource version of the old one, or there is a conflict.
    Update,
    /// Changed as the body says: a JSON Patch where that is a list, else a JSON Merge Patch.
    Patch,
    /// Taken away; the body has options.
    Delete,
}

impl Verb {
    /// As RBAC names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// What is done.
    pub verb: Verb,
    /// With which object.
    pub object: &'a Object,
    /// The object as it is to be, the patch, or the options of a deletion; none to read it.
    pub body: Option<&'a Value>,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// A request for one page of a collection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    /// What is listed.
    pub collection: &'a Collection,
    /// The most objects of the page.
    pub limit: usize,
    /// Where the page before has ended, in the API server's own words.
    pub after: Option<&'a str>,
    /// How long it may take.
    pub timeout: Duration,
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The object, or the list.
    pub object: Value,
    /// The API server's own time, if it gave one.
    pub date: Option<UnixTime>,
}

/// Who answers calls: an API server, or a test in its stead.
pub(crate) trait Api: Send + Sync + 'static {
    /// Makes one call. It is not repeated: whoever calls knows better when that is worth it.
    fn call(&self, call: Call<'_>) -> impl Future<Output = Result<Answer, ApiError>> + Send;

    /// Reads what is no JSON, such as a log. Verb and body of the call say nothing.
    fn text(&self, call: Call<'_>) -> impl Future<Output = Result<String, ApiError>> + Send;

    /// Lists one page.
    fn list(&self, page: Page<'_>) -> impl Future<Output = Result<Answer, ApiError>> + Send;
}

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
    #[error("the API server does not take `{verb}` of {object}: {message}")]
    Refused {
        /// The verb of RBAC.
        verb: &'static str,
        /// The object.
        object: String,
        /// Who does not and why, shortened.
        message: String,
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
    #[error("the API server answered `{verb}` of {object} with status {status}: {message}")]
    Status {
        /// The verb of RBAC.
        verb: &'static str,
        /// The object.
        object: String,
        /// The HTTP status.
        status: u16,
        /// What it said, shortened.
        message: String,
    },
}

/// The most bytes of a message of the API server that are repeated.
const LONGEST_MESSAGE: usize = 300;

impl ApiError {
    /// The error that the HTTP `status` of an answer to `call` means; `message` is what the API server said.
    pub(super) fn of(call: Call<'_>, status: u16, message: &str) -> Self {
        let Call { verb, object, .. } = call;
        match status {
            404 if verb != Verb::Create || object.is_subresource() => Self::NotFound(object.to_string()),
            409 => Self::Conflict(object.to_string()),
            400 | 403 | 422 if is_by_admission(message) => {
                Self::Refused { verb: verb.name(), object: object.to_string(), message: shortened(message) }
            }
            403 => Self::Forbidden {
                verb: verb.name(),
                object: object.to_string(),
                fix: missing_right(verb, object),
            },
            _ => Self::other(verb.name(), object.to_string(), status, message),
        }
    }

    /// The same for a page.
    pub(super) fn of_page(page: Page<'_>, status: u16, message: &str) -> Self {
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
        Self::Status { verb, object, status, message: shortened(message) }
    }

    /// The page took too long.
    pub(super) fn page_timed_out(page: Page<'_>) -> Self {
        let (object, seconds) = (page.collection.to_string(), page.timeout.as_secs());
        Self::TimedOut { verb: LIST, object, seconds }
    }

    /// The call took too long.
    pub(super) fn timed_out(call: Call<'_>) -> Self {
        Self::TimedOut {
            verb: call.verb.name(),
            object: call.object.to_string(),
            seconds: call.timeout.as_secs(),
        }
    }
}

/// How API servers begin to say that it is no missing right.
const REFUSALS: [&str; 6] = [
    "admission webhook",
    "ValidatingAdmissionPolicy",
    "denied request",
    "exceeded quota",
    "is being terminated",
    "violates PodSecurity",
];

/// Whether `message` tells of somebody whom the API server asks.
fn is_by_admission(message: &str) -> bool {
    REFUSALS.iter().any(|words| message.contains(words))
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

#[cfg(test)]
mod tests;
