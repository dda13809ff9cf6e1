//! What is answered in place of a token, and the one table of what each class of failure becomes on the wire.

use std::{borrow::Cow, time::Duration};

use hyper::StatusCode;

use super::request_error::RequestError;
use crate::{
    clock::TimeOfDay,
    failure::{Class, Failure, MAX_DESCRIPTION},
};

/// What is wrong, ready for a dialect to render.
#[derive(Clone, Debug)]
pub(super) struct ErrorResponse<'a> {
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
    pub(super) refused: Option<&'a RequestError>,
}

/// The bounds of `Retry-After` for a throttled request: JavaScript's client needs the header, Go's gives up above 25 s.
const THROTTLED_WAIT: (u64, u64) = (1, 20);

/// The bounds of `Retry-After` for what passes by itself.
const TRANSIENT_WAIT: (u64, u64) = (1, 10);

/// The advice to a client that sees a 503 now and would see a 400 later.
fn until(permanent_from: TimeOfDay) -> String {
    format!("Answered 503 until {permanent_from} UTC because it may still be spreading, then 400.")
}

/// The beginning of `text`, at most `most` bytes of it, so that what follows it is not cut off instead.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(most.saturating_sub('…'.len_utf8()));
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

impl ErrorResponse<'_> {
    /// The one line for a person.
    pub(super) fn text(&self) -> Cow<'_, str> {
        self.text_after(&self.description)
    }

    /// The line that says `words` in place of the description.
    pub(super) fn text_after<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.advice.is_empty() {
            return Cow::Borrowed(text);
        }
        let stop = if text.ends_with(['.', '…']) { "" } else { "." };
        Cow::Owned(format!("{text}{stop} {}", self.advice))
    }
}

impl<'a> From<&'a RequestError> for ErrorResponse<'a> {
    fn from(refused: &'a RequestError) -> Self {
        let (status, error) = refused.wire();
        Self {
            status,
            error,
            description: refused.description(),
            advice: String::new(),
            retry_after: refused.retry_after(),
            refused: Some(refused),
        }
    }
}

impl<'a> From<&'a Failure> for ErrorResponse<'a> {
    /// The table: failure class to status and `Retry-After`.
    fn from(failure: &'a Failure) -> Self {
        let within = |(least, most): (u64, u64)| {
            // Rounded up: who comes back a moment too early waits a whole turn again.
            let retry_after = failure
                .retry_after
                .unwrap_or_default()
                .saturating_add(Duration::from_nanos(999_999_999))
                .as_secs();
            Some(retry_after.clamp(least, most))
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
        ErrorResponse { status, error: failure.error, description, advice, retry_after, refused: None }
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorResponse;
    use crate::failure::{Category, Class, Failure};
    use std::time::Duration;

    fn wire(class: Class, retry_after: Option<f64>) -> (u16, Option<u64>) {
        let mut failure = Failure::new(class, Category::Service, "x", "y");
        failure.retry_after = retry_after.map(Duration::from_secs_f64);
        let answer = ErrorResponse::from(&failure);
        (answer.status.as_u16(), answer.retry_after)
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
}
