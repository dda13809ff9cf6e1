//! What answers requests, and the watch over when it does.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{self, Context, Poll},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request,
    body::Incoming,
    header::{CONNECTION, HeaderValue},
    service::Service,
};

use super::{counters::ConnectionCounters, state::ConnectionState};
use crate::clock::{Clock as _, System, UnixTime};

/// A whole answer. The body is one piece, so that hyper sends a `Content-Length`.
pub(crate) type Response = hyper::Response<Full<Bytes>>;

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Answers requests.
pub(crate) trait Handler: Send + Sync + 'static {
    /// The answer to `request`.
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply;

    /// Where its connections are counted.
    fn connections(&self) -> &ConnectionCounters;

    /// The present by the clock that hyper reads, which is the system's.
    fn wall(&self) -> UnixTime {
        System.wall()
    }

    /// The end is near: every [`Reply::Later`] that is still waiting comes to an answer now. Without an implementation
    /// they are cut off a moment later.
    fn end(&self) {}
}

/// An answer, now or later. Most answers are ready at once; for them nothing is allocated.
pub(crate) enum Reply {
    /// It is here. `None` once taken.
    Now(Option<Response>),
    /// It takes time.
    Later(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Now(Some(response))
    }
}

impl Future for Reply {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        match &mut *self {
            Self::Now(response) => response.take().map_or(Poll::Pending, Poll::Ready),
            Self::Later(future) => future.as_mut().poll(cx),
        }
    }
}

/// A handler as hyper wants it, which notes in the connection's state when a request begins and when it is answered.
pub(super) struct Watched<H> {
    pub(super) handler: Arc<H>,
    pub(super) state: Arc<ConnectionState>,
}

impl<H: Handler> Service<Request<Incoming>> for Watched<H> {
    type Response = Response;
    type Error = Infallible;
    type Future = WatchedReply;

    fn call(&self, request: Request<Incoming>) -> WatchedReply {
        let mut reply = self.handler.handle(request);
        match &mut reply {
            Reply::Now(response) => {
                self.state.step(2);
                if let Some(response) = response {
                    close_after(response, &self.state);
                }
                WatchedReply { reply, state: None }
            }
            Reply::Later(_) => {
                self.state.step(1);
                WatchedReply { reply, state: Some(Arc::clone(&self.state)) }
            }
        }
    }
}

/// A reply that is noted when it comes.
pub(super) struct WatchedReply {
    reply: Reply,
    state: Option<Arc<ConnectionState>>,
}

impl Future for WatchedReply {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = task::ready!(Pin::new(&mut self.reply).poll(cx));
        if let Some(state) = self.state.take() {
            state.step(1);
            close_after(&mut response, &state);
        }
        Poll::Ready(Ok(response))
    }
}

/// Tells the client, and hyper, that this answer is the last of its connection, if the end has come.
fn close_after(response: &mut Response, state: &ConnectionState) {
    if state.is_ending() {
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
}
