//! What a request carries from its beginning to its answer.

use bytes::Bytes;
use hyper::{StatusCode, header::HeaderValue, http::request::Parts};
use tokio::time::Instant;

use super::{
    dialect::{self, Dialect, Kind},
    error_response::ErrorResponse,
    request::Parameters,
    request_error::RequestError,
    request_summary::RequestSummary,
    response::{self, RequestId},
};
use crate::server::Response;

/// A request that was not answered from the response cache.
pub(super) struct RequestContext {
    pub(super) head: Parts,
    /// The form, where the dialect reads one.
    pub(super) form: Option<String>,
    /// `None` where no dialect lives.
    pub(super) dialect: Option<&'static dyn Dialect>,
    pub(super) id: RequestId,
    pub(super) client_id: Option<HeaderValue>,
    pub(super) started: Instant,
}

impl RequestContext {
    /// The name of the dialect, for counters.
    pub(super) fn kind(&self) -> Kind {
        self.dialect.map_or(Kind::Other, Dialect::kind)
    }

    /// What of it may stand in the log.
    pub(super) fn summary(&self) -> RequestSummary<'_> {
        RequestSummary::of(&self.head, self.form.as_deref().unwrap_or_default())
    }

    /// The parameters: those of the form, and what names an identity beside it; or else those of the query.
    pub(super) fn parameters(&self) -> Result<Parameters<'_>, RequestError> {
        let query = self.head.uri.query().unwrap_or_default();
        match &self.form {
            Some(form) => Parameters::parse(form)?.with_identity_of(query, dialect::names_identity),
            None => Parameters::parse(query),
        }
    }

    /// The answer with a JSON `body`.
    pub(super) fn respond(self, status: StatusCode, body: Bytes) -> Response {
        response::json(self.head.headers, status, body, &self.id, self.client_id)
    }

    /// The answer with any body.
    pub(super) fn respond_with(self, status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
        response::whole(self.head.headers, status, content_type, body, &self.id, self.client_id)
    }

    /// The answer that says what is wrong, in the words of `dialect`.
    pub(super) fn respond_error(self, dialect: &dyn Dialect, error: &ErrorResponse<'_>) -> Response {
        let body = dialect.failure(error, self.id.as_str());
        let response = self.respond(error.status, body);
        response::with_retry_after(response, error.retry_after)
    }
}
