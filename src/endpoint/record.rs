//! The log line of an answer. One line per request that was not answered from memory; never a secret.

use hyper::{HeaderMap, StatusCode, header::HeaderValue};
use tokio::time::Instant;

use super::{
    ShowIdentity,
    dialect::{Dialect, Kind},
    problem::{Problem, Refused},
    question::Question,
    response::RequestId,
};
use crate::{broker::Source, failure::Failure, names::MetadataPath, observe};

/// What is known about a request from its beginning.
pub(super) struct Asked {
    pub(super) id: RequestId,
    pub(super) client_id: Option<HeaderValue>,
    /// `None` where no dialect lives.
    pub(super) dialect: Option<&'static dyn Dialect>,
    pub(super) question: Question,
    pub(super) started: Instant,
}

/// What was asked for, as it stands in the log.
pub(super) struct Subject<'a> {
    pub(super) resource: &'a str,
    /// The client id, shown as the settings have it.
    pub(super) identity: &'a str,
}

impl Asked {
    fn client_request_id(&self) -> Option<&str> {
        self.client_id.as_ref().and_then(|id| id.to_str().ok())
    }

    fn dialect(&self) -> &'static str {
        self.dialect
            .map_or("none", |dialect| dialect.kind().as_str())
    }

    fn latency_ms(&self) -> f64 {
        observe::milliseconds(self.started.elapsed())
    }

    pub(super) fn granted(&self, subject: &Subject<'_>, source: Source) {
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = self.id.as_str(),
                    client_request_id = self.client_request_id(),
                    dialect = self.dialect(),
                    status = StatusCode::OK.as_u16(),
                    operation = "token",
                    result = "success",
                    azureResource = subject.resource,
                    managedIdentityClientId = subject.identity,
                    cache = source.as_str(),
                    latency_ms = self.latency_ms(),
                    "token handed out"
                )
            };
        }
        match source {
            Source::Hit => line!(debug),
            // Someone should know that tokens are running out.
            Source::Stale => line!(warn),
            Source::Exchanged | Source::Joined => line!(info),
        }
    }

    /// Metadata that is not about identities, from `source`.
    pub(super) fn told(&self, path: &MetadataPath, source: &'static str, status: StatusCode) {
        tracing::info!(
            request_id = self.id.as_str(),
            client_request_id = self.client_request_id(),
            dialect = Kind::Metadata.as_str(),
            status = status.as_u16(),
            operation = "metadata",
            result = "success",
            path = path.as_str(),
            source,
            latency_ms = self.latency_ms(),
            "metadata told"
        );
    }

    /// The node did not answer.
    pub(super) fn not_told(&self, path: &MetadataPath, failure: &Failure, problem: &Problem<'_>) {
        tracing::warn!(
            request_id = self.id.as_str(),
            client_request_id = self.client_request_id(),
            dialect = Kind::Metadata.as_str(),
            status = problem.status.as_u16(),
            operation = "metadata",
            result = "failure",
            errorCategory = failure.category.as_str(),
            path = path.as_str(),
            latency_ms = self.latency_ms(),
            detail = failure.description.as_str(),
            "metadata could not be had"
        );
    }

    pub(super) fn failed(&self, subject: &Subject<'_>, failure: &Failure, problem: &Problem<'_>) {
        tracing::warn!(
            request_id = self.id.as_str(),
            client_request_id = self.client_request_id(),
            dialect = self.dialect(),
            status = problem.status.as_u16(),
            operation = "token",
            result = "failure",
            errorClass = failure.class.as_str(),
            errorCategory = failure.category.as_str(),
            azureResource = subject.resource,
            managedIdentityClientId = subject.identity,
            aadsts = failure.code,
            retry_after = problem.retry_after,
            latency_ms = self.latency_ms(),
            trace_id = failure.trace_id.as_deref(),
            correlation_id = failure.correlation_id.as_deref(),
            // What was sent has a line of its own, with the same correlation id and the description.
            detail = failure
                .correlation_id
                .is_none()
                .then_some(failure.description.as_str()),
            "no token could be had"
        );
    }

    pub(super) fn refused(
        &self,
        refused: &Refused,
        problem: &Problem<'_>,
        headers: &HeaderMap,
        show: &ShowIdentity,
    ) {
        let question = &self.question;
        let (kind, identity) = question.identity(show).unzip();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = self.id.as_str(),
                    client_request_id = self.client_request_id(),
                    dialect = self.dialect(),
                    status = problem.status.as_u16(),
                    operation = "token",
                    result = "refused",
                    errorCategory = refused.category().as_str(),
                    method = question.method(),
                    path = question.path(),
                    host = question.host(headers),
                    parameter = question.parameter(refused),
                    identity_kind = kind,
                    identity,
                    azureResource = refused.resource(),
                    latency_ms = self.latency_ms(),
                    detail = problem.description.as_ref(),
                    "request refused"
                )
            };
        }
        if refused.is_routine() { line!(info) } else { line!(warn) }
    }
}
