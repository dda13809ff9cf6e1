//! The life of connections: accepted up to a cap, served one request after the other, closed when idle, drained at the end.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body_util::Full;
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{counters::Connections, listener::Bound, response::Response};

/// The most bytes of a request's head, and of what hyper buffers for a connection. Node's HTTP server has the same.
const MAX_HEAD: usize = 16 * 1024;

/// The most header lines of a request. Real clients send about ten.
const MAX_HEADERS: usize = 64;

/// How long accepting rests when the kernel has no descriptor or memory left for a connection.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Bounds of a set of listeners.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once. More wait in the kernel's backlog until one closes.
    pub connections: usize,
    /// How long a connection may go without a request begun or answered. One that sends its request slower, or does not
    /// read its answer, is closed after at most twice this time.
    pub idle: Duration,
    /// How long requests in progress may take to finish once the end has come.
    pub drain: Duration,
}

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// The answer to `request`.
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply;

    /// Where its connections are counted.
    fn connections(&self) -> &Connections;
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

/// Serves connections to `bound` until `stop`, then stops accepting, lets what is in progress finish for at most
/// [`Limits::drain`], and returns how many connections had to be cut off.
pub async fn serve<H: Handler>(
    mut bound: Bound,
    handler: Arc<H>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let protocol = protocol();
    let (drain, draining) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    let mut resting = false;
    loop {
        tokio::select! {
            () = stop.as_mut() => break,
            Some(_) = connections.join_next() => {}
            accepted = bound.accept(), if connections.len() < limits.connections => match accepted {
                Ok((stream, peer)) => {
                    resting = false;
                    handler.connections().accepted.fetch_add(1, Ordering::Relaxed);
                    let (handler, draining) = (Arc::clone(&handler), draining.clone());
                    connections.spawn(attend(stream, peer, handler, protocol.clone(), limits.idle, draining));
                }
                Err(error) if is_about_one_connection(&error) => {
                    tracing::debug!(%error, "a connection was gone before it was accepted");
                }
                Err(error) => {
                    if !resting {
                        tracing::warn!(%error, open = connections.len(), "cannot accept connections for now");
                    }
                    resting = true;
                    sleep(ACCEPT_REST).await;
                }
            },
        }
    }
    drop(bound);
    // Fails only if no connection is left to hear it.
    let _ = drain.send(true);
    let _ = timeout(limits.drain, async { while connections.join_next().await.is_some() {} }).await;
    connections.len()
}

fn protocol() -> http1::Builder {
    let mut protocol = http1::Builder::new();
    // Shell tools close their sending side once the request is out, and still want the answer. Idle time is watched in
    // `attend`, once per connection: hyper's own timer would be set up anew for every request.
    protocol
        .half_close(true)
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS);
    protocol
}

async fn attend<H: Handler>(
    stream: TcpStream,
    peer: SocketAddr,
    handler: Arc<H>,
    protocol: http1::Builder,
    idle: Duration,
    mut draining: watch::Receiver<bool>,
) {
    let _open = Open::new(&handler);
    // Answers are one write; nothing is gained by waiting for more. Failing is harmless.
    let _ = stream.set_nodelay(true);
    let progress = Arc::new(Progress::default());
    let service = Watched { handler: Arc::clone(&handler), progress: Arc::clone(&progress) };
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
    let mut check = pin!(sleep(idle));
    let (mut seen, mut closing) = (0, false);
    let result = loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => break result,
            _ = draining.wait_for(|draining| *draining), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            () = check.as_mut() => {
                let steps = progress.steps();
                if steps == seen && !Progress::is_in_request(steps) {
                    handler.connections().idled.fetch_add(1, Ordering::Relaxed);
                    tracing::debug!(%peer, "closed an idle connection");
                    return;
                }
                seen = steps;
                check.as_mut().reset(Instant::now() + idle);
            }
        }
    };
    match result {
        Ok(()) => {}
        Err(error) if error.is_parse() => {
            handler
                .connections()
                .malformed
                .fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%peer, operation = "request", result = "refused", errorCategory = "request", %error, "malformed request");
        }
        // Clients come and go; some only look whether the port is open.
        Err(error) => tracing::debug!(%peer, %error, "connection ended early"),
    }
}

/// Counts a connection as open while it lives, however it ends.
struct Open<H: Handler>(Arc<H>);

impl<H: Handler> Open<H> {
    fn new(handler: &Arc<H>) -> Self {
        handler.connections().open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(handler))
    }
}

impl<H: Handler> Drop for Open<H> {
    fn drop(&mut self) {
        self.0.connections().open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a step when a request begins and one when it is answered: odd while one is in progress.
#[derive(Debug, Default)]
struct Progress(AtomicU64);

impl Progress {
    fn step(&self, steps: u64) {
        self.0.fetch_add(steps, Ordering::Relaxed);
    }

    fn steps(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    const fn is_in_request(steps: u64) -> bool {
        steps % 2 == 1
    }
}

struct Watched<H> {
    handler: Arc<H>,
    progress: Arc<Progress>,
}

impl<H: Handler> Service<Request<Incoming>> for Watched<H> {
    type Response = hyper::Response<Full<bytes::Bytes>>;
    type Error = std::convert::Infallible;
    type Future = WatchedReply;

    fn call(&self, request: Request<Incoming>) -> WatchedReply {
        let reply = self.handler.handle(request);
        match reply {
            Reply::Now(_) => {
                self.progress.step(2);
                WatchedReply { reply, progress: None }
            }
            Reply::Later(_) => {
                self.progress.step(1);
                WatchedReply { reply, progress: Some(Arc::clone(&self.progress)) }
            }
        }
    }
}

struct WatchedReply {
    reply: Reply,
    progress: Option<Arc<Progress>>,
}

impl Future for WatchedReply {
    type Output = Result<Response, std::convert::Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.reply).poll(cx));
        if let Some(progress) = self.progress.take() {
            progress.step(1);
        }
        Poll::Ready(Ok(response))
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
