//! Answers that need no plan.

use std::borrow::Cow;

use super::super::{
    adoption::Adoption,
    outcome::Outcome,
    review::{Denial, Response},
};
use crate::operator::{
    cluster::{ApiError, Object},
    edit::display,
    inject::Diagnostic,
};

/// The most bytes of a message that refuses a pod.
const LONGEST_MESSAGE: usize = 4096;

/// An answer, and what is counted and logged of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    /// The answer.
    pub response: Response,
    /// What it comes to.
    pub outcome: Outcome,
    /// What whoever runs the webhook should know.
    pub notes: Vec<String>,
    /// What came of adopting the pod, if it was to be adopted.
    pub adoption: Option<Adoption>,
}

pub(super) fn unchanged(outcome: Outcome, reason: &str) -> Decided {
    let audit = [("reason", reason.to_owned())].into();
    Decided {
        response: Response { audit, ..Response::default() },
        outcome,
        notes: Vec::new(),
        adoption: None,
    }
}

/// As `wispctl inject` refuses it.
pub(super) fn refused(diagnostics: &[Diagnostic]) -> Decided {
    let texts = diagnostics
        .iter()
        .map(|Diagnostic { at, text, .. }| match display(at) {
            at if at.is_empty() => Cow::Borrowed(text.as_str()),
            at => Cow::Owned(format!("{at}: {text}")),
        });
    let mut message = texts.collect::<Vec<_>>().join("\n");
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    denied(Outcome::Refused, 403, "Forbidden", message)
}

pub(super) fn unreadable(account: &Object, error: &ApiError) -> Decided {
    let message = format!(
        "wisp cannot tell which identity the pod has, for {account} cannot be read: {error}. Until then, annotations `wisp/client-id` \
         and `wisp/tenant-id` of the pod name one"
    );
    denied(Outcome::Unreadable, 503, "ServiceUnavailable", message)
}

pub(super) fn denied(outcome: Outcome, code: u16, reason: &'static str, message: String) -> Decided {
    let response = Response { denial: Some(Denial { code, reason, message }), ..Response::default() };
    Decided { response, outcome, notes: Vec::new(), adoption: None }
}
