//! What answers requests, and the watch over when it does.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{self, Context, Poll},
};

use hyper::{
    Request,
    body::Incoming,
    header::{CONNECTION, HeaderValue},
    service::Service,
};

use super::seats::Seat;
use crate::{
    clock::{Clock as _, System, UnixTime},
    endpoint::{counters::Connections, response::Response},
};

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// The answer to `request`.
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply;

    /// Where its connections are counted.
    fn connections(&self) -> &Connections;

    /// The present by the clock that hyper reads, which is the system's.
    fn wall(&self) -> UnixTime {
        System.wall()
    }

    /// The end is near: every [`Reply::Later`] that is still waiting comes to an answer now. Without an implementation
    /// they are cut off a moment later.
    fn end(&self) {}
}

/// An answer, now or later. Most answers are ready at once; for them nothing is allocated.
pub enum Reply {
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

/// A handler as hyper wants it, which notes at its seat when a request begins and when it is answered.
pub(super) struct Watched<H> {
    pub(super) handler: Arc<H>,
    pub(super) seat: Arc<Seat>,
}

impl<H: Handler> Service<Request<Incoming>> for Watched<H> {
    type Response = Response;
    type Error = Infallible;
    type Future = WatchedReply;

    fn call(&self, request: Request<Incoming>) -> WatchedReply {
        let mut reply = self.handler.handle(request);
        match &mut reply {
            Reply::Now(response) => {
                self.seat.step(2);
                if let Some(response) = response {
                    close_after(response, &self.seat);
                }
                WatchedReply { reply, seat: None }
            }
            Reply::Later(_) => {
                self.seat.step(1);
                WatchedReply { reply, seat: Some(Arc::clone(&self.seat)) }
            }
        }
    }
}

/// A reply that is noted when it comes.
pub(super) struct WatchedReply {
    reply: Reply,
    seat: Option<Arc<Seat>>,
}

impl Future for WatchedReply {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = task::ready!(Pin::new(&mut self.reply).poll(cx));
        if let Some(seat) = self.seat.take() {
            seat.step(1);
            close_after(&mut response, &seat);
        }
        Poll::Ready(Ok(response))
    }
}

/// Tells the client, and hyper, that this answer is the last of its connection, if the end has come.
fn close_after(response: &mut Response, seat: &Seat) {
    if seat.is_ending() {
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
}
