//! The log line of an answer. One line per request that was not answered from memory, within limits; never a secret.

use std::borrow::Cow;

use hyper::{HeaderMap, StatusCode, header::HeaderValue};
use tokio::time::Instant;

use super::{
    ShowIdentity,
    dialect::{Dialect, Kind},
    explain::Explanation,
    log_limits::{Line, LogLimits},
    problem::{Problem, Refused},
    question::{Question, blamed_header},
    response::RequestId,
};
use crate::{
    broker::Source, exchange::Key, failure::Failure, identity::Registry, names::MetadataPath, observe,
};

/// What all lines about requests have in common.
pub(super) struct AccessLog {
    pub(super) show: ShowIdentity,
    pub(super) limits: LogLimits,
}

impl AccessLog {
    pub(super) fn new(show: ShowIdentity) -> Self {
        Self { show, limits: LogLimits::default() }
    }
}

macro_rules! level {
    (debug) => {
        tracing::Level::DEBUG
    };
    (info) => {
        tracing::Level::INFO
    };
    (warn) => {
        tracing::Level::WARN
    };
}

/// Writes a line at `$level` if the limit of its kind allows it, else at `debug`: who asked for that gets them all.
macro_rules! within_limits {
    ($log:expr, $kind:expr, $line:ident, $level:ident) => {
        match $log.limits.allow($kind) {
            Some(0) => $line!($level, None::<u64>),
            suppressed @ Some(_) => $line!($level, suppressed),
            None => $line!(debug, None::<u64>),
        }
    };
}

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
    key: &'a Key,
    resource: Cow<'a, str>,
    identity: String,
}

impl<'a> Subject<'a> {
    pub(super) fn new(key: &'a Key, show: &ShowIdentity) -> Self {
        let identity = show(key.client_id.as_str());
        let resource = observe::hide(key.resource.as_str(), &key.client_id, &identity);
        Self { key, resource, identity }
    }

    /// `text` as it may stand in the log.
    fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        observe::hide(text, &self.key.client_id, &self.identity)
    }
}

/// `text` without the ids of configured identities, as it may stand in the log.
fn hide_all<'t>(text: &'t str, registry: Option<&Registry>, show: &ShowIdentity) -> Cow<'t, str> {
    let identities = registry.into_iter().flat_map(Registry::identities);
    identities.fold(Cow::Borrowed(text), |text, identity| {
        let id = &identity.entry.client_id;
        match observe::hide(&text, id, &show(id.as_str())) {
            Cow::Borrowed(_) => text,
            Cow::Owned(hidden) => Cow::Owned(hidden),
        }
    })
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

    pub(super) fn granted(&self, log: &AccessLog, subject: &Subject<'_>, source: Source) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = self.id.as_str(),
                    client_request_id = self.client_request_id(),
                    dialect = self.dialect(),
                    status = StatusCode::OK.as_u16(),
                    operation = "token",
                    result = "success",
                    azureResource = subject.resource.as_ref(),
                    managedIdentityClientId = subject.identity,
                    cache = source.as_str(),
                    latency_ms = self.latency_ms(),
                    suppressed = $suppressed,
                    "token handed out"
                )
            };
        }
        match source {
            Source::Hit => line!(debug, None::<u64>),
            // Someone should know that tokens are running out.
            Source::Stale => within_limits!(log, Line::Granted(source), line, warn),
            Source::Exchanged | Source::Joined => within_limits!(log, Line::Granted(source), line, info),
        }
    }

    /// Metadata that is not about identities, from `source`.
    pub(super) fn told(
        &self,
        log: &AccessLog,
        path: &MetadataPath,
        source: &'static str,
        status: StatusCode,
    ) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = self.id.as_str(),
                    client_request_id = self.client_request_id(),
                    dialect = Kind::Metadata.as_str(),
                    status = status.as_u16(),
                    operation = "metadata",
                    result = "success",
                    path = path.as_str(),
                    source,
                    latency_ms = self.latency_ms(),
                    suppressed = $suppressed,
                    "metadata told"
                )
            };
        }
        within_limits!(log, Line::Metadata, line, info);
    }

    /// The node did not answer.
    pub(super) fn not_told(
        &self,
        log: &AccessLog,
        path: &MetadataPath,
        failure: &Failure,
        problem: &Problem<'_>,
    ) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
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
                    suppressed = $suppressed,
                    "metadata could not be had"
                )
            };
        }
        within_limits!(log, Line::NoMetadata, line, warn);
    }

    pub(super) fn failed(
        &self,
        log: &AccessLog,
        subject: &Subject<'_>,
        failure: &Failure,
        problem: &Problem<'_>,
    ) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = self.id.as_str(),
                    client_request_id = self.client_request_id(),
                    dialect = self.dialect(),
                    status = problem.status.as_u16(),
                    operation = "token",
                    result = "failure",
                    errorClass = failure.class.as_str(),
                    errorCategory = failure.category.as_str(),
                    azureResource = subject.resource.as_ref(),
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
                        .then(|| subject.hide(&failure.description))
                        .as_deref(),
                    advice = (!problem.advice.is_empty()).then_some(problem.advice.as_str()),
                    suppressed = $suppressed,
                    "no token could be had"
                )
            };
        }
        within_limits!(log, Line::Failed(failure.class), line, warn);
    }

    pub(super) fn refused(
        &self,
        log: &AccessLog,
        refused: &Refused,
        problem: &Problem<'_>,
        headers: &HeaderMap,
        registry: Option<&Registry>,
        explanation: &Explanation,
    ) {
        let question = &self.question;
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                if tracing::enabled!(level!($level)) {
                    let (kind, identity) = question.identity(&log.show).unzip();
                    let hide = |text| hide_all(text, registry, &log.show);
                    let (header, header_value) = blamed_header(refused, headers).unzip();
                    tracing::$level!(
                        request_id = self.id.as_str(),
                        client_request_id = self.client_request_id(),
                        dialect = self.dialect(),
                        status = problem.status.as_u16(),
                        operation = "token",
                        result = "refused",
                        reason = refused.reason().as_str(),
                        errorCategory = refused.category().as_str(),
                        method = question.method(),
                        path = question.path(),
                        host = question.host(headers),
                        header,
                        header_value = header_value.flatten(),
                        parameter = question.parameter(refused),
                        identity_kind = kind,
                        identity,
                        azureResource = refused.resource().map(hide).as_deref(),
                        leftover = explanation.leftover,
                        latency_ms = self.latency_ms(),
                        detail = hide(&problem.description).as_ref(),
                        advice = (!explanation.log.is_empty()).then_some(explanation.log.as_str()),
                        suppressed = $suppressed,
                        "request refused"
                    )
                }
            };
        }
        let kind = Line::Refused(refused.reason());
        if refused.is_routine() {
            within_limits!(log, kind, line, info);
        } else {
            within_limits!(log, kind, line, warn);
        }
    }
}
