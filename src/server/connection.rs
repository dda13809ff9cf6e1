//! One connection: served, watched, and noted when it ends.

use std::{
    future::{Future as _, poll_fn, ready},
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::Duration,
};

use hyper::server::conn::http1;
use tokio::{
    net::TcpStream,
    task::yield_now,
    time::{Instant, sleep},
};

use super::{
    acceptor::Acceptor,
    dates,
    handler::{Handler, Watched},
    linger,
    log_limiter::LogLimiter,
    socket::Socket,
    state::{Command, ConnectionState},
};

/// The most bytes of a request's head, and of what hyper buffers for a connection. Node's HTTP server has the same.
const MAX_HEAD: usize = 16 * 1024;

/// The most header lines of a request. Real clients send about ten.
const MAX_HEADERS: usize = 64;

/// How long a connection that has to close may take to get the rest of its last answer out.
const CLOSING: Duration = Duration::from_millis(100);

/// What all connections of a set of listeners have in common.
pub(super) struct ConnectionContext<A, H> {
    acceptor: A,
    pub(super) handler: Arc<H>,
    protocol: http1::Builder,
    idle: Duration,
    malformed: LogLimiter,
    undated: LogLimiter,
}

/// How a connection ended.
enum End {
    /// The client did not shake hands.
    NotAccepted(io::Error),
    /// Hyper was done with it.
    Served(hyper::Result<()>),
    /// The clock is no longer within the years that hyper knows.
    NoDate,
    /// It was without a request when the drain ended.
    Drained,
    /// It made way for another one.
    Evicted,
    /// Nothing was asked for too long.
    Idle,
}

impl<A: Acceptor, H: Handler> ConnectionContext<A, H> {
    /// Connections that `handler` answers, closed after `idle` without a request begun or answered.
    pub(super) fn new(acceptor: A, handler: Arc<H>, idle: Duration) -> Self {
        Self {
            acceptor,
            handler,
            protocol: protocol(),
            idle,
            malformed: LogLimiter::default(),
            undated: LogLimiter::default(),
        }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve_connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        state: &Arc<ConnectionState>,
    ) {
        let _open = Open::new(&self.handler);
        // Answers are one write; nothing is gained by waiting for more. Failing is harmless.
        let _ = stream.set_nodelay(true);
        let end = match self.accept(stream, state).await {
            Ok(stream) if dates::is_date(self.handler.wall()) => self.serve(stream, state).await,
            Ok(stream) => {
                dates::refuse(stream, self.idle).await;
                End::NoDate
            }
            Err(end) => end,
        };
        self.note(&end, peer);
    }

    /// Shakes hands, unless that takes too long or another connection needs the place.
    async fn accept(&self, stream: TcpStream, state: &ConnectionState) -> Result<A::Stream, End> {
        tokio::select! {
            biased;
            accepted = self.acceptor.accept(stream) => accepted.map_err(End::NotAccepted),
            () = state.notified() => Err(End::Evicted),
            () = sleep(self.idle) => Err(End::Idle),
        }
    }

    async fn serve(&self, stream: A::Stream, state: &Arc<ConnectionState>) -> End {
        let handler = &self.handler;
        let service = Watched { handler: Arc::clone(handler), state: Arc::clone(state) };
        let socket = Socket::new(stream);
        let mut connection = self.protocol.serve_connection(socket, service);
        let mut check = pin!(sleep(self.idle));
        let mut notified = pin!(state.notified());
        let (mut seen, mut commanded) = (0, None);
        loop {
            tokio::select! {
                // In this order: a command is looked at when everything that the client has sent is read.
                biased;
                end = poll_fn(|cx| {
                    let is_date = dates::is_date(handler.wall());
                    if is_date { Pin::new(&mut connection).poll(cx).map(End::Served) } else { Poll::Ready(End::NoDate) }
                }) => {
                    if let End::Served(_) = end {
                        let stream = connection.into_parts().io.into_inner();
                        linger::close(A::socket(&stream), state).await;
                    }
                    return end;
                }
                steps = ready(commanded.unwrap_or_default()), if commanded.is_some() => {
                    commanded = None;
                    match state.command() {
                        // The answer in progress closes.
                        Command::Close if state.is_in_request() => {}
                        Command::Close => {
                            Pin::new(&mut connection).graceful_shutdown();
                            check.as_mut().reset(Instant::now() + CLOSING);
                        }
                        Command::Evict if state.steps() == steps && !state.is_in_request() => return End::Evicted,
                        Command::Evict | Command::CloseNext | Command::None => state.decline(),
                    }
                }
                () = notified.as_mut() => {
                    notified.set(state.notified());
                    commanded = Some(state.steps());
                    // Lets the runtime look at the sockets: what has arrived there was sent before the command.
                    yield_now().await;
                }
                () = check.as_mut() => {
                    let steps = state.steps();
                    if state.command() == Command::Close && !state.is_in_request() {
                        return End::Drained;
                    }
                    if steps == seen && !state.is_in_request() {
                        return End::Idle;
                    }
                    seen = steps;
                    check.as_mut().reset(Instant::now() + self.idle);
                }
            }
        }
    }

    fn note(&self, end: &End, peer: SocketAddr) {
        let counters = self.handler.connections();
        match end {
            End::Served(Ok(())) | End::Drained => {}
            End::Served(Err(error)) if error.is_parse() => {
                counters.malformed.fetch_add(1, Ordering::Relaxed);
                if let Some(suppressed) = self.malformed.allow() {
                    tracing::warn!(%peer, operation = "request", result = "refused", errorCategory = "request", %error, suppressed, "malformed request");
                }
            }
            End::NotAccepted(error) => tracing::debug!(%peer, %error, "connection not accepted"),
            // Clients come and go; some only look whether the port is open.
            End::Served(Err(error)) => tracing::debug!(%peer, %error, "connection ended early"),
            End::NoDate => {
                if let Some(suppressed) = self.undated.allow() {
                    tracing::warn!(
                        suppressed,
                        "refused a connection: the clock of this machine is not within the years 1970 to 9999"
                    );
                }
            }
            End::Evicted => {
                counters.evicted.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%peer, "closed a connection without a request, to make way for another");
            }
            End::Idle => {
                counters.idled.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%peer, "closed an idle connection");
            }
        }
    }
}

fn protocol() -> http1::Builder {
    let mut protocol = http1::Builder::new();
    // Shell tools close their sending side once the request is out, and still want the answer. Idle time is watched
    // above, once per connection: hyper's own timer would be set up anew for every request.
    protocol
        .half_close(true)
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS);
    protocol
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
