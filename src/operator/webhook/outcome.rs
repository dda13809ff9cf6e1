//! What a request comes to, in the words of metrics and logs. One table has them all.

use crate::operator::inject::Mode;

/// What a request comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// wisp is in the pod by this mode.
    Injected(Mode),
    /// wisp was in the pod already.
    Standing,
    /// The pod does not want it, or wisp cannot serve it and pods of that sort are left alone.
    Skipped,
    /// An exception lets the pod ask the node.
    Excepted,
    /// Nobody asked for wisp.
    NotAsked,
    /// A subresource of a pod.
    SubResource,
    /// No pod.
    Kind,
    /// Nothing that creates a pod.
    Operation,
    /// `inject` refuses the pod.
    Refused,
    /// The API server would not say what the pod's service account names.
    Unreadable,
    /// Pod-managed identity gives the pod no identity that can be used.
    NoIdentity,
    /// What pod-managed identity gives the pod is not known.
    Unlisted,
    /// A request that has no pod.
    NoObject,
    /// No POST of JSON to the path of reviews.
    NotFound,
    /// The body is too large.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// The body is no review.
    Malformed,
}

impl Outcome {
    /// All of them, in the order of the documentation.
    pub(crate) const ALL: [Self; 20] = [
        Self::Injected(Mode::Redirect),
        Self::Injected(Mode::Env),
        Self::Injected(Mode::HttpProxy),
        Self::Injected(Mode::Manual),
        Self::Standing,
        Self::Skipped,
        Self::Excepted,
        Self::NotAsked,
        Self::SubResource,
        Self::Kind,
        Self::Operation,
        Self::Refused,
        Self::Unreadable,
        Self::NoIdentity,
        Self::Unlisted,
        Self::NoObject,
        Self::NotFound,
        Self::TooLarge,
        Self::TooSlow,
        Self::Malformed,
    ];

    /// The labels `result` and `reason`.
    pub(crate) const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Injected(Mode::Redirect) => ("injected", "redirect"),
            Self::Injected(Mode::Env) => ("injected", "env"),
            Self::Injected(Mode::HttpProxy) => ("injected", "http-proxy"),
            Self::Injected(Mode::Manual) => ("injected", "manual"),
            Self::Standing => ("unchanged", "injected_before"),
            Self::Skipped => ("unchanged", "skipped"),
            Self::Excepted => ("unchanged", "excepted"),
            Self::NotAsked => ("unchanged", "not_asked_for"),
            Self::SubResource => ("unchanged", "subresource"),
            Self::Kind => ("unchanged", "kind"),
            Self::Operation => ("unchanged", "operation"),
            Self::Refused => ("refused", "pod"),
            Self::Unreadable => ("refused", "service_account"),
            Self::NoIdentity => ("refused", "no_identity"),
            Self::Unlisted => ("refused", "pod_identity"),
            Self::NoObject => ("refused", "no_object"),
            Self::NotFound => ("error", "request"),
            Self::TooLarge => ("error", "too_large"),
            Self::TooSlow => ("error", "too_slow"),
            Self::Malformed => ("error", "malformed"),
        }
    }

    /// Its position in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        Self::ALL
            .iter()
            .position(|other| *other == self)
            .unwrap_or_default()
    }
}
