//! The log line of an answer. One line per request that was not answered from the response cache, within limits; never a secret.

use std::borrow::Cow;

use hyper::StatusCode;

use super::{
    ShowIdentity,
    context::RequestContext,
    dialect::Kind,
    error_response::ErrorResponse,
    explain::Explanation,
    log_limits::{Line, LogLimits},
    request_error::RequestError,
    request_summary::blamed_header,
};
use crate::{
    broker::{Grant, Source},
    exchange::Key,
    failure::Failure,
    identity::Registry,
    names::MetadataPath,
    observe,
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

/// What was asked for, as it stands in the log.
pub(super) struct Target<'a> {
    key: &'a Key,
    resource: Cow<'a, str>,
    identity: String,
}

impl<'a> Target<'a> {
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

/// The client's request id, as it stands in the log.
fn client_request_id(context: &RequestContext) -> Option<&str> {
    context.client_id.as_ref().and_then(|id| id.to_str().ok())
}

fn dialect_name(context: &RequestContext) -> &'static str {
    context
        .dialect
        .map_or("none", |dialect| dialect.kind().as_str())
}

fn latency_ms(context: &RequestContext) -> f64 {
    observe::milliseconds(context.started.elapsed())
}

impl AccessLog {
    /// A token that was handed out, of the exchange with its correlation id.
    pub(super) fn granted(&self, context: &RequestContext, target: &Target<'_>, grant: &Grant) {
        let source = grant.source;
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = context.id.as_str(),
                    client_request_id = client_request_id(context),
                    dialect = dialect_name(context),
                    status = StatusCode::OK.as_u16(),
                    operation = "token",
                    result = "success",
                    azureResource = target.resource.as_ref(),
                    managedIdentityClientId = target.identity,
                    cache = source.as_str(),
                    latency_ms = latency_ms(context),
                    correlation_id = grant.token.correlation_id.as_deref(),
                    suppressed = $suppressed,
                    "token handed out"
                )
            };
        }
        match source {
            Source::Hit => line!(debug, None::<u64>),
            // Someone should know that tokens are running out.
            Source::Stale => within_limits!(self, Line::Granted(source), line, warn),
            Source::Exchanged | Source::Joined => within_limits!(self, Line::Granted(source), line, info),
        }
    }

    /// Metadata that is not about identities, from `source`.
    pub(super) fn metadata(
        &self,
        context: &RequestContext,
        path: &MetadataPath,
        source: &'static str,
        status: StatusCode,
    ) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = context.id.as_str(),
                    client_request_id = client_request_id(context),
                    dialect = Kind::Metadata.as_str(),
                    status = status.as_u16(),
                    operation = "metadata",
                    result = "success",
                    path = path.as_str(),
                    source,
                    latency_ms = latency_ms(context),
                    suppressed = $suppressed,
                    "metadata served"
                )
            };
        }
        within_limits!(self, Line::Metadata, line, info);
    }

    /// The node did not answer.
    pub(super) fn metadata_failed(
        &self,
        context: &RequestContext,
        path: &MetadataPath,
        failure: &Failure,
        error: &ErrorResponse<'_>,
    ) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = context.id.as_str(),
                    client_request_id = client_request_id(context),
                    dialect = Kind::Metadata.as_str(),
                    status = error.status.as_u16(),
                    operation = "metadata",
                    result = "failure",
                    errorCategory = failure.category.as_str(),
                    path = path.as_str(),
                    latency_ms = latency_ms(context),
                    detail = failure.description.as_str(),
                    suppressed = $suppressed,
                    "metadata not available"
                )
            };
        }
        within_limits!(self, Line::NoMetadata, line, warn);
    }

    pub(super) fn failed(
        &self,
        context: &RequestContext,
        target: &Target<'_>,
        failure: &Failure,
        error: &ErrorResponse<'_>,
    ) {
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                tracing::$level!(
                    request_id = context.id.as_str(),
                    client_request_id = client_request_id(context),
                    dialect = dialect_name(context),
                    status = error.status.as_u16(),
                    operation = "token",
                    result = "failure",
                    errorClass = failure.class.as_str(),
                    errorCategory = failure.category.as_str(),
                    azureResource = target.resource.as_ref(),
                    managedIdentityClientId = target.identity,
                    aadsts = failure.code,
                    retry_after = error.retry_after,
                    latency_ms = latency_ms(context),
                    trace_id = failure.trace_id.as_deref(),
                    correlation_id = failure.correlation_id.as_deref(),
                    // What was sent has a line of its own, with the same correlation id and the description.
                    detail = failure
                        .correlation_id
                        .is_none()
                        .then(|| target.hide(&failure.description))
                        .as_deref(),
                    advice = (!error.advice.is_empty()).then_some(error.advice.as_str()),
                    suppressed = $suppressed,
                    "no token available"
                )
            };
        }
        within_limits!(self, Line::Failed(failure.class), line, warn);
    }

    pub(super) fn refused(
        &self,
        context: &RequestContext,
        refused: &RequestError,
        error: &ErrorResponse<'_>,
        registry: Option<&Registry>,
        explanation: &Explanation,
    ) {
        let (summary, headers) = (context.summary(), &context.head.headers);
        macro_rules! line {
            ($level:ident, $suppressed:expr) => {
                if tracing::enabled!(level!($level)) {
                    let (kind, identity) = summary.identity(&self.show).unzip();
                    let hide = |text| hide_all(text, registry, &self.show);
                    let (header, header_value) = blamed_header(refused, headers).unzip();
                    tracing::$level!(
                        request_id = context.id.as_str(),
                        client_request_id = client_request_id(context),
                        dialect = dialect_name(context),
                        status = error.status.as_u16(),
                        operation = "token",
                        result = "refused",
                        reason = refused.reason().as_str(),
                        errorCategory = refused.category().as_str(),
                        method = summary.method(),
                        path = summary.path(),
                        host = summary.host(),
                        header,
                        header_value = header_value.flatten(),
                        parameter = summary.parameter(refused),
                        identity_kind = kind,
                        identity,
                        azureResource = refused.resource().map(hide).as_deref(),
                        leftover = explanation.leftover,
                        latency_ms = latency_ms(context),
                        detail = hide(&error.description).as_ref(),
                        advice = (!explanation.log.is_empty()).then_some(explanation.log.as_str()),
                        suppressed = $suppressed,
                        "request refused"
                    )
                }
            };
        }
        let kind = Line::Refused(refused.reason());
        if refused.is_routine() {
            within_limits!(self, kind, line, info);
        } else {
            within_limits!(self, kind, line, warn);
        }
    }
}
