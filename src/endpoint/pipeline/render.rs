//! The last step: the token, or why there is none, as an answer, with its log line and its count.

use std::time::Duration;

use hyper::{Method, StatusCode};

use super::{
    super::{
        access_log::Target,
        context::RequestContext,
        dialect::{Dialect, FALLBACK, Granted},
        error_response::ErrorResponse,
        explain::Explanation,
        request_error::RequestError,
        response,
        token_endpoint::{Endpoint, Live},
    },
    issue::{Issued, NoToken, Resolved},
};
use crate::{
    broker::{Freshness, Source, Tokens},
    clock::Clock,
    exchange::Key,
    failure::Failure,
    server::Response,
};

/// A token with less left than this is not kept rendered: within its second it could end.
const LEAST_LIFE_KEPT: Duration = Duration::from_secs(2);

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// The answer.
    pub(super) fn render(
        &self,
        context: RequestContext,
        dialect: &'static dyn Dialect,
        result: Result<Issued, NoToken>,
    ) -> Response {
        match result {
            Ok(issued) => self.render_token(context, dialect, &issued),
            Err(NoToken::Failed(key, failure)) => self.render_failure(context, dialect, &key, &failure),
            Err(NoToken::Refused(refused)) => self.render_error(context, &refused),
        }
    }

    fn render_token(
        &self,
        context: RequestContext,
        dialect: &'static dyn Dialect,
        issued: &Issued,
    ) -> Response {
        let Issued { resolved: Resolved { key, freshness, generation }, grant } = issued;
        let now = self.clock.wall();
        let body = dialect.success(&Granted::new(grant, now, &key.client_id, &key.resource));
        if *freshness != Freshness::Any {
            // This answer may not be given again, nor one with the token that a new one has replaced.
            if matches!(grant.source, Source::Exchanged | Source::Joined) {
                self.response_cache.clear();
            }
        } else if let Some(target) = context.head.uri.path_and_query()
            && context.head.method == Method::GET
            && grant.remaining >= LEAST_LIFE_KEPT
        {
            self.response_cache
                .put(*generation, target.as_str(), now.secs(), dialect, &body);
        }
        self.log
            .granted(&context, &Target::new(key, &self.log.show), grant);
        self.counters
            .answered(dialect.kind(), StatusCode::OK, Some(grant.source));
        context.respond(StatusCode::OK, body)
    }

    fn render_failure(
        &self,
        context: RequestContext,
        dialect: &'static dyn Dialect,
        key: &Key,
        failure: &Failure,
    ) -> Response {
        let error = ErrorResponse::from(failure);
        self.log
            .failed(&context, &Target::new(key, &self.log.show), failure, &error);
        self.counters.answered(dialect.kind(), error.status, None);
        context.respond_error(dialect, &error)
    }

    pub(super) fn render_error(&self, context: RequestContext, refused: &RequestError) -> Response {
        let mut error = ErrorResponse::from(refused);
        let registry = self.live.get().map(Live::registry);
        let registry = registry.as_deref();
        let explanation = Explanation::of(refused, &context, registry, &self.log.show);
        self.log
            .refused(&context, refused, &error, registry, &explanation);
        error.advice = explanation.answer;
        self.counters.refused(refused.reason());
        self.counters.answered(context.kind(), error.status, None);
        let dialect = context.dialect.unwrap_or(FALLBACK);
        let response = context.respond_error(dialect, &error);
        let allow = if let RequestError::Method(methods) = refused { Some(*methods) } else { None };
        response::with_allow(response, allow)
    }
}
