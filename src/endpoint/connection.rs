//! The life of connections: accepted up to a cap, served one request after the other, closed when idle, drained at the end.

use std::{
    future::{Future, poll_fn, ready},
    io,
    net::SocketAddr,
    ops::Range,
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering},
    task::{self, Context, Poll},
    time::Duration,
};

use http_body_util::Full;
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::rt::TokioIo;
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    task::{JoinSet, yield_now},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    counters::Connections,
    listener::Bound,
    response::Response,
    seats::{Seat, Seats, Wish},
    socket::Socket,
    sparing::Sparing,
};
use crate::clock::{Clock as _, System, UnixTime};

/// The most bytes of a request's head, and of what hyper buffers for a connection. Node's HTTP server has the same.
const MAX_HEAD: usize = 16 * 1024;

/// The most header lines of a request. Real clients send about ten.
const MAX_HEADERS: usize = 64;

/// How long accepting rests when the kernel has no descriptor or memory left for a connection.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How often to look for room while somebody waits for it and all are busy with a request.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How long before the end those who still wait are told to come back: enough to write it, and for them to read it.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// The seconds since 1970 at which hyper may be polled: it writes every present second as an HTTP date, even with the
/// header `Date` turned off, and panics where the year has not four digits (RFC 9110 section 5.6.7). Zero stands for all
/// times before 1970 too. The last minute is left out, so that the limit is not passed during a poll.
const DATES: Range<u64> = 1..253_402_300_800 - 60;

/// The answer at any other time, which goes past hyper.
const NO_DATE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json; charset=utf-8\r\n\
    retry-after: 10\r\n\
    connection: close\r\n\
    content-length: 135\r\n\r\n\
    {\"error\":\"temporarily_unavailable\",\"error_description\":\"The clock of this machine is not within the years 1970 \
    to 9999; set it right.\"}";

/// Bounds of a set of listeners.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once. For one more, the oldest that has no request in progress is closed; while all have one,
    /// it waits.
    pub connections: usize,
    /// The setting that `connections` comes from, for the log; none if it is fixed.
    pub connections_setting: Option<&'static str>,
    /// How long a connection may go without a request begun or answered. One that sends its request slower, or does not
    /// read its answer, is closed after at most twice this time.
    pub idle: Duration,
    /// How long requests in progress may take to finish once the end has come. Those that still wait shortly before are
    /// answered without what they wait for.
    pub drain: Duration,
}

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

/// Serves connections to `bound` until `stop`, then stops accepting, lets what is in progress finish for at most
/// [`Limits::drain`], and returns how many connections had to be cut off.
pub async fn serve<H: Handler>(
    mut bound: Bound,
    handler: Arc<H>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let mut room = Room {
        shared: Arc::new(Shared {
            handler,
            protocol: protocol(),
            idle: limits.idle,
            malformed: Sparing::default(),
            undated: Sparing::default(),
        }),
        connections: JoinSet::new(),
        seats: Seats::default(),
    };
    let full = Sparing::default();
    let mut stop = pin!(stop);
    let (mut waiting, mut resting) = (None, false);
    loop {
        if room.seats.count() < limits.connections
            && let Some((stream, peer)) = waiting.take()
        {
            room.seat(stream, peer);
        }
        tokio::select! {
            () = stop.as_mut() => break,
            Some(ended) = room.connections.join_next() => match ended {
                Ok(number) => room.seats.give_back(number),
                Err(_) => room.seats.give_back_lost(),
            },
            () = sleep(LOOK_AGAIN), if waiting.is_some() => room.seats.make_room(),
            accepted = bound.accept(), if waiting.is_none() => match accepted {
                Ok(newcomer) => {
                    resting = false;
                    room.shared.handler.connections().accepted.fetch_add(1, Ordering::Relaxed);
                    waiting = Some(newcomer);
                    if room.seats.count() >= limits.connections {
                        if full.say().is_some() {
                            warn_of_crowd(&limits);
                        }
                        room.seats.make_room();
                    }
                }
                Err(error) if is_about_one_connection(&error) => {
                    tracing::debug!(%error, "a connection was gone before it was accepted");
                }
                Err(error) => {
                    if !resting {
                        tracing::warn!(%error, open = room.seats.count(), "cannot accept connections for now");
                    }
                    resting = true;
                    sleep(ACCEPT_REST).await;
                }
            },
        }
    }
    let deadline = Instant::now() + limits.drain;
    if let Some((stream, peer)) = waiting {
        room.seat(stream, peer);
    }
    room.seat_backlog(&mut bound, limits.connections).await;
    drop(bound);
    room.end(deadline).await
}

/// What all connections of a set of listeners have in common.
struct Shared<H> {
    handler: Arc<H>,
    protocol: http1::Builder,
    idle: Duration,
    malformed: Sparing,
    undated: Sparing,
}

impl<H> Shared<H> {
    fn warn_of_clock(&self) {
        if let Some(unsaid) = self.undated.say() {
            tracing::warn!(
                unsaid,
                "refused a connection: the clock of this machine is not within the years 1970 to 9999"
            );
        }
    }
}

/// The connections of a set of listeners.
struct Room<H> {
    shared: Arc<Shared<H>>,
    connections: JoinSet<u64>,
    seats: Seats,
}

impl<H: Handler> Room<H> {
    fn seat(&mut self, stream: TcpStream, peer: SocketAddr) {
        let (number, seat) = self.seats.take();
        let shared = Arc::clone(&self.shared);
        self.connections.spawn(async move {
            attend(stream, peer, &shared, seat).await;
            number
        });
    }

    /// Seats who has connected already: they may have asked, and closing the listener would reset them unheard.
    async fn seat_backlog(&mut self, bound: &mut Bound, most: usize) {
        // Lets the runtime look at the listening sockets.
        yield_now().await;
        while self.seats.count() < most {
            let accepted = tokio::select! {
                biased;
                accepted = bound.accept() => accepted,
                () = ready(()) => return,
            };
            if let Ok((stream, peer)) = accepted {
                self.shared
                    .handler
                    .connections()
                    .accepted
                    .fetch_add(1, Ordering::Relaxed);
                self.seat(stream, peer);
            }
        }
    }

    /// Lets requests in progress finish until shortly before `deadline`, and has those that still wait answered then. Says
    /// how many connections were left at `deadline`.
    async fn end(self, deadline: Instant) -> usize {
        let Self { shared, mut connections, seats } = self;
        seats.end();
        let last_words = deadline.checked_sub(LAST_WORDS).unwrap_or(deadline);
        for phase in [last_words, deadline] {
            let all_gone = async { while connections.join_next().await.is_some() {} };
            if timeout_at(phase, all_gone).await.is_ok() {
                return 0;
            }
            shared.handler.end();
        }
        connections.len()
    }
}

fn warn_of_crowd(limits: &Limits) {
    let advice = limits
        .connections_setting
        .map(|setting| format!("; if the clients need that many, raise {setting}"));
    tracing::warn!(
        open = limits.connections,
        "as many connections are open as may be; for a new one, the oldest without a request is closed{}",
        advice.as_deref().unwrap_or_default()
    );
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

async fn attend<H: Handler>(stream: TcpStream, peer: SocketAddr, shared: &Shared<H>, seat: Arc<Seat>) {
    let Shared { handler, protocol, idle, malformed, .. } = shared;
    let _open = Open::new(handler);
    // Answers are one write; nothing is gained by waiting for more. Failing is harmless.
    let _ = stream.set_nodelay(true);
    if !DATES.contains(&handler.wall().secs()) {
        let mut stream = stream;
        // So short an answer is taken at once by a new connection, or never.
        let _ = timeout(*idle, stream.write_all(NO_DATE)).await;
        shared.warn_of_clock();
        return;
    }
    let service = Watched { handler: Arc::clone(handler), seat: Arc::clone(&seat) };
    let mut connection = pin!(protocol.serve_connection(Socket::new(TokioIo::new(stream)), service));
    let mut check = pin!(sleep(*idle));
    let mut told = pin!(seat.told());
    let (mut seen, mut wished) = (0, None);
    let result = loop {
        tokio::select! {
            // In this order: a wish is looked at when everything that the client has sent is read.
            biased;
            result = poll_fn(|cx| {
                let is_date = DATES.contains(&handler.wall().secs());
                if is_date { connection.as_mut().poll(cx).map(Some) } else { Poll::Ready(None) }
            }) => {
                if let Some(result) = result {
                    break result;
                }
                shared.warn_of_clock();
                return;
            }
            steps = ready(wished.unwrap_or_default()), if wished.is_some() => {
                wished = None;
                match seat.wish() {
                    Wish::End if seat.is_in_request() => connection.as_mut().graceful_shutdown(),
                    Wish::End => return,
                    Wish::MakeRoom if seat.steps() == steps && !seat.is_in_request() => {
                        handler.connections().displaced.fetch_add(1, Ordering::Relaxed);
                        tracing::debug!(%peer, "closed a connection without a request, to make room for another");
                        return;
                    }
                    Wish::MakeRoom | Wish::Stay => seat.stay(),
                }
            }
            () = told.as_mut() => {
                told.set(seat.told());
                wished = Some(seat.steps());
                // Lets the runtime look at the sockets: what has arrived there was sent before the wish.
                yield_now().await;
            }
            () = check.as_mut() => {
                let steps = seat.steps();
                if steps == seen && !seat.is_in_request() {
                    handler.connections().idled.fetch_add(1, Ordering::Relaxed);
                    tracing::debug!(%peer, "closed an idle connection");
                    return;
                }
                seen = steps;
                check.as_mut().reset(Instant::now() + *idle);
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
            if let Some(unsaid) = malformed.say() {
                tracing::warn!(%peer, operation = "request", result = "refused", errorCategory = "request", %error, unsaid, "malformed request");
            }
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

struct Watched<H> {
    handler: Arc<H>,
    seat: Arc<Seat>,
}

impl<H: Handler> Service<Request<Incoming>> for Watched<H> {
    type Response = hyper::Response<Full<bytes::Bytes>>;
    type Error = std::convert::Infallible;
    type Future = WatchedReply;

    fn call(&self, request: Request<Incoming>) -> WatchedReply {
        let reply = self.handler.handle(request);
        match reply {
            Reply::Now(_) => {
                self.seat.step(2);
                WatchedReply { reply, seat: None }
            }
            Reply::Later(_) => {
                self.seat.step(1);
                WatchedReply { reply, seat: Some(Arc::clone(&self.seat)) }
            }
        }
    }
}

struct WatchedReply {
    reply: Reply,
    seat: Option<Arc<Seat>>,
}

impl Future for WatchedReply {
    type Output = Result<Response, std::convert::Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = task::ready!(Pin::new(&mut self.reply).poll(cx));
        if let Some(seat) = self.seat.take() {
            seat.step(1);
        }
        Poll::Ready(Ok(response))
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
