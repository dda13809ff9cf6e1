//! The steps of a request: what is cached, or else read, authorize, resolve, issue, render.
//!
//! Each step that refuses says why; the last one turns that, or the token, into an answer. Where no dialect lives, metadata that
//! is not about identities may be asked for.

mod issue;
mod metadata;
mod render;
mod wait;

use std::{error::Error, sync::Arc};

use bytes::Bytes;
use hyper::{
    Method, Request, StatusCode,
    body::{Body, Incoming},
    http::request::Parts,
};
use tokio::time::Instant;

use super::{
    context::RequestContext,
    dialect::{self, Dialect},
    guard::GuardHeaders,
    request,
    request_error::RequestError,
    response::{self, client_request_id},
    token_endpoint::Endpoint,
};
use crate::{
    broker::{Source, Tokens},
    clock::Clock,
    server::{ConnectionCounters, Handler, Reply},
};

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
            Err(refused) => self.render_error(context, &refused).into(),
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
            return self.render_error(context, &RequestError::NotAForm).into();
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
}
