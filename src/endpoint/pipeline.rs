//! The steps of a request: what is cached, or else read, authorize, resolve, issue, render.
//!
//! Each step that refuses says why; the last one turns that, or the token, into an answer. Where no dialect lives, metadata that
//! is not about identities may be asked for.

use std::{error::Error, sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{
    Method, Request, StatusCode,
    body::{Body, Incoming},
    http::request::Parts,
};
use tokio::time::Instant;

use super::{
    access_log::Target,
    context::RequestContext,
    dialect::{self, Ask, Dialect, FALLBACK, Granted, Kind},
    error_response::ErrorResponse,
    explain::Explanation,
    guard::GuardHeaders,
    metadata::{self, Answer, Found, MetadataAnswer},
    request,
    request_error::RequestError,
    response::{self, client_request_id},
    response_cache::Generation,
    token_endpoint::{Endpoint, Live},
};
use crate::{
    broker::{Freshness, Grant, Source, Tokens},
    clock::Clock,
    exchange::Key,
    failure::{Class, Failure},
    names::MetadataPath,
    server::{ConnectionCounters, Crowded, Handler, Reply, Response},
};

/// A token with less left than this is not kept rendered: within its second it could end.
const LEAST_LIFE_KEPT: Duration = Duration::from_secs(2);

/// Which token a request gets.
struct Resolved {
    key: Key,
    freshness: Freshness,
    generation: Generation,
}

/// A token for a request.
struct Issued {
    resolved: Resolved,
    grant: Grant,
}

/// Why a request gets no token.
enum NoToken {
    Refused(RequestError),
    Failed(Key, Failure),
}

impl<T: Tokens, C: Clock> Handler for Endpoint<T, C> {
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply {
        let (head, body) = request.into_parts();
        self.answer(head, body)
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.counters.connections
    }

    fn end(&self) {
        self.ending.send_replace(true);
    }
}

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// The answer to a request.
    pub(super) fn answer<B>(self: &Arc<Self>, head: Parts, body: B) -> Reply
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let headers = GuardHeaders::read(&head);
        let client_id = client_request_id(headers.client_request_id);
        if let Some((dialect, body)) = self.cached_response(&head, &headers) {
            let id = self.ids.next();
            self.counters
                .answered(dialect.kind(), StatusCode::OK, Some(Source::Hit));
            tracing::debug!(
                request_id = id.as_str(),
                dialect = dialect.kind().as_str(),
                "answered from the response cache"
            );
            return response::json(head.headers, StatusCode::OK, body, &id, client_id).into();
        }
        let (id, started) = (self.ids.next(), Instant::now());
        let dialect = dialect::of(&head.uri, &head.method, &headers);
        let authorized = self.authorize(&head, &headers, dialect);
        let context = RequestContext { head, form: None, dialect, id, client_id, started };
        match authorized {
            Ok(dialect) => self.answer_with_token(context, dialect, body),
            Err(RequestError::UnknownPath) => self.answer_with_metadata(context),
            Err(refused) => self.render_refusal(context, &refused).into(),
        }
    }

    /// The path of nearly all requests: no parsing, no rendering, no waiting.
    ///
    /// What the guard refuses here is seldom: the full path finds out anew and says why.
    fn cached_response(
        &self,
        head: &Parts,
        headers: &GuardHeaders<'_>,
    ) -> Option<(&'static dyn Dialect, Bytes)> {
        if head.method != Method::GET {
            return None;
        }
        let target = head.uri.path_and_query()?.as_str();
        let (dialect, body) = self.response_cache.get(target, self.clock.wall().secs())?;
        if !dialect.fits(headers) {
            return None;
        }
        dialect.admit(&self.guard, headers).ok()?;
        Some((dialect, body))
    }

    /// Everything that is checked before the request is read, in the order that clients rely on.
    fn authorize(
        &self,
        head: &Parts,
        headers: &GuardHeaders<'_>,
        dialect: Option<&'static dyn Dialect>,
    ) -> Result<&'static dyn Dialect, RequestError> {
        if head.method == Method::CONNECT || !self.guard.is_for_us(headers) {
            return Err(RequestError::Elsewhere);
        }
        let dialect = dialect.ok_or(RequestError::UnknownPath)?;
        if !dialect.allows(&head.method) {
            return Err(RequestError::Method(dialect.allow()));
        }
        dialect.admit(&self.guard, headers)?;
        Ok(dialect)
    }

    /// The steps behind the guard. Where the dialect reads no form, `body` is dropped unread at once: hyper then skips what of
    /// it has arrived, or closes the connection.
    pub(super) fn answer_with_token<B>(
        self: &Arc<Self>,
        mut context: RequestContext,
        dialect: &'static dyn Dialect,
        body: B,
    ) -> Reply
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let endpoint = Arc::clone(self);
        if !dialect.reads_form(&context.head.method) {
            return Reply::Later(Box::pin(async move {
                let result = endpoint.token(&context, dialect).await;
                endpoint.render(context, dialect, result)
            }));
        }
        if !request::is_form(&context.head.headers) {
            return self.render_refusal(context, &RequestError::NotAForm).into();
        }
        Reply::Later(Box::pin(async move {
            let result = match endpoint.read_request(&mut context, body).await {
                Ok(()) => endpoint.token(&context, dialect).await,
                Err(refused) => Err(refused.into()),
            };
            endpoint.render(context, dialect, result)
        }))
    }

    /// Reads the form.
    async fn read_request<B>(&self, context: &mut RequestContext, body: B) -> Result<(), RequestError>
    where
        B: Body<Data = Bytes> + Send,
    {
        let read = self.before_the_end(request::form(body));
        context.form = Some(self.waits.body(read).await???);
        Ok(())
    }

    /// The token that is asked for.
    async fn token(
        &self,
        context: &RequestContext,
        dialect: &'static dyn Dialect,
    ) -> Result<Issued, NoToken> {
        let live = self.live.get().ok_or(RequestError::Starting)?;
        let parameters = context.parameters()?;
        let ask = dialect.ask(&parameters)?;
        let resolved = match self.resolve(live, &ask) {
            Err(refused) if refused.may_be_learned() => self.learn_identities(live, &ask, refused).await?,
            result => result?,
        };
        self.issue(live, resolved).await
    }

    /// Finds the identity that is asked for.
    fn resolve(&self, live: &Live<T>, ask: &Ask<'_>) -> Result<Resolved, RequestError> {
        // Taken before the registry is read: what is rendered with an old registry is not kept.
        let generation = self.response_cache.generation();
        match live.registry().resolve(&ask.selection, &ask.resource) {
            Ok(identity) => {
                let key = identity.key(ask.resource.clone());
                Ok(Resolved { key, freshness: ask.freshness, generation })
            }
            Err(refusal) => Err(RequestError::Identity(refusal, ask.resource.clone())),
        }
    }

    /// Finds the identity behind a name that is `unknown` as yet.
    ///
    /// Federation knows client ids only. An object id or a resource id that nobody configured is known once a token has said
    /// it, and a client that sends nothing else (ODBC, Fluentd) must not depend on who asked first. So before such a name is
    /// refused, tokens of the identities that it might belong to are asked for, and the name is looked up again.
    async fn learn_identities(
        &self,
        live: &Live<T>,
        ask: &Ask<'_>,
        unknown: RequestError,
    ) -> Result<Resolved, NoToken> {
        let mut failed = None;
        let candidates = live.registry().candidates(&ask.selection, &ask.resource);
        for identity in candidates {
            let key = identity.key(ask.resource.clone());
            if let Err(failure) = self.wait(live.tokens.token(&key)).await? {
                failed = Some(worse(failed, (key, failure)));
            }
            if let Ok(resolved) = self.resolve(live, ask) {
                return Ok(resolved);
            }
        }
        // Without a token the name may be right: only the failure is certain.
        Err(failed.map_or_else(|| unknown.into(), |(key, failure)| NoToken::Failed(key, failure)))
    }

    /// Gets the token.
    async fn issue(&self, live: &Live<T>, resolved: Resolved) -> Result<Issued, NoToken> {
        let fresh = live.tokens.fresh(&resolved.key, resolved.freshness);
        match self.wait(fresh).await? {
            Ok(grant) => Ok(Issued { resolved, grant }),
            Err(failure) => Err(NoToken::Failed(resolved.key, failure)),
        }
    }

    /// The answer.
    fn render(
        &self,
        context: RequestContext,
        dialect: &'static dyn Dialect,
        result: Result<Issued, NoToken>,
    ) -> Response {
        match result {
            Ok(issued) => self.render_token(context, dialect, &issued),
            Err(NoToken::Failed(key, failure)) => self.render_failure(context, dialect, &key, &failure),
            Err(NoToken::Refused(refused)) => self.render_refusal(context, &refused),
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
            .granted(&context, &Target::new(key, &self.log.show), grant.source);
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

    fn render_refusal(&self, context: RequestContext, refused: &RequestError) -> Response {
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

    /// Answers a request that no dialect has a path for.
    fn answer_with_metadata(self: &Arc<Self>, context: RequestContext) -> Reply {
        let metadata = self.metadata.read().clone();
        let Some(metadata) = metadata else {
            let refused = metadata::unserved(context.head.uri.path());
            return self.render_refusal(context, &refused).into();
        };
        match metadata.find(&self.guard, &context.head) {
            Ok(MetadataAnswer::Document(Found { content_type, body }, path)) => {
                self.log
                    .metadata(&context, &path, "document", StatusCode::OK);
                self.counters.answered(Kind::Metadata, StatusCode::OK, None);
                context
                    .respond_with(StatusCode::OK, content_type, body)
                    .into()
            }
            Ok(MetadataAnswer::Node(target, path)) => {
                let endpoint = Arc::clone(self);
                Reply::Later(Box::pin(async move {
                    match endpoint.wait(metadata.node().get(target)).await {
                        Ok(answer) => endpoint.forward_response(context, &path, answer),
                        Err(refused) => endpoint.render_refusal(context, &refused),
                    }
                }))
            }
            Err(refused) => self.render_refusal(context, &refused).into(),
        }
    }

    /// Answers as the node did.
    fn forward_response(
        &self,
        context: RequestContext,
        path: &MetadataPath,
        answer: Result<Answer, Failure>,
    ) -> Response {
        match answer {
            Ok(answer) => {
                self.log.metadata(&context, path, "node", answer.status);
                self.counters.answered(Kind::Metadata, answer.status, None);
                metadata::response(context, answer)
            }
            Err(failure) => {
                let error = ErrorResponse::from(&failure);
                self.log.metadata_failed(&context, path, &failure, &error);
                self.counters.answered(Kind::Metadata, error.status, None);
                context.respond_error(FALLBACK, &error)
            }
        }
    }

    /// What `future`, which somebody else has to answer, comes to, if it may wait and the end does not come first.
    async fn wait<O>(&self, future: impl Future<Output = O>) -> Result<O, RequestError> {
        self.waits.upstream(self.before_the_end(future)).await?
    }

    async fn before_the_end<O>(&self, future: impl Future<Output = O>) -> Result<O, RequestError> {
        let mut ending = self.ending.subscribe();
        tokio::select! {
            biased;
            output = future => Ok(output),
            _ = ending.wait_for(|ending| *ending) => Err(RequestError::Ending),
        }
    }
}

impl From<RequestError> for NoToken {
    fn from(refused: RequestError) -> Self {
        Self::Refused(refused)
    }
}

impl From<Crowded> for RequestError {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}

/// Of two failures the one to answer: what may pass is tried again by clients, what is permanent is not.
fn worse(known: Option<(Key, Failure)>, new: (Key, Failure)) -> (Key, Failure) {
    match known {
        Some(known) if known.1.class != Class::Permanent || new.1.class == Class::Permanent => known,
        _ => new,
    }
}
