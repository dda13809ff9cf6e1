//! The connections of a set of listeners: held up to a cap, drained at the end.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{
    acceptor::Acceptor, bound::Bound, connection::ConnectionContext, handler::Handler, limits::Limits,
    log_limiter::LogLimiter, state::ConnectionStates,
};

/// The last part of the drain, in which requests that still wait are answered without what they wait for: enough to write it, and for clients to
/// read it. It is given even where the drain is shorter.
const DRAIN_GRACE: Duration = Duration::from_millis(300);

/// When nothing has been asked for so long, connections that are kept alive are closed at the end. Whoever asks more often
/// has had an answer by then that told them to connect anew.
const QUIET: Duration = Duration::from_millis(300);

/// How often to look whether something was asked.
const LOOK: Duration = Duration::from_millis(20);

/// The connections that are open, and one that waits to be served.
pub(super) struct Connections<A, H> {
    context: Arc<ConnectionContext<A, H>>,
    limits: Limits,
    tasks: JoinSet<u64>,
    states: ConnectionStates,
    /// Accepted, and not served yet.
    waiting: Option<(TcpStream, SocketAddr)>,
    full: LogLimiter,
}

impl<A: Acceptor, H: Handler> Connections<A, H> {
    pub(super) fn new(acceptor: A, handler: Arc<H>, limits: Limits) -> Self {
        Self {
            context: Arc::new(ConnectionContext::new(acceptor, handler, limits.idle)),
            limits,
            tasks: JoinSet::new(),
            states: ConnectionStates::default(),
            waiting: None,
            full: LogLimiter::default(),
        }
    }

    /// How many are served.
    pub(super) fn count(&self) -> usize {
        self.states.count()
    }

    /// Whether one waits to be served; until it is, no other is accepted.
    pub(super) fn has_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Takes a new connection in, and evicts another if there are too many.
    pub(super) fn receive(&mut self, newcomer: (TcpStream, SocketAddr)) {
        self.count_accepted();
        self.waiting = Some(newcomer);
        if self.is_full() {
            if self.full.allow().is_some() {
                warn_of_limit(&self.limits);
            }
            self.evict_one();
        }
    }

    /// Serves the one that waits, if there are not too many.
    pub(super) fn serve_waiting(&mut self) {
        if !self.is_full()
            && let Some(newcomer) = self.waiting.take()
        {
            self.spawn(newcomer);
        }
    }

    /// Asks one that has no request in progress to close.
    pub(super) fn evict_one(&self) {
        self.states.evict_one();
    }

    /// Waits until one has ended.
    pub(super) async fn ended(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(number)) => self.states.remove(number),
            Some(Err(_)) => self.states.remove_lost(),
            None => pending().await,
        }
    }

    /// Stops accepting, lets requests in progress finish, and says how many connections had to be cut off.
    pub(super) async fn close(mut self, bound: Bound) -> usize {
        let grace_begins = Instant::now() + self.limits.drain.saturating_sub(DRAIN_GRACE);
        if let Some(newcomer) = self.waiting.take() {
            self.spawn(newcomer);
        }
        // Before any client is told: it would connect again at once, and be reset.
        bound.close(|newcomer| {
            if !self.is_full() {
                self.count_accepted();
                self.spawn(newcomer);
            }
        });
        self.states.close_next();
        self.quiet(grace_begins).await;
        self.end(grace_begins).await
    }

    /// Waits until nothing has been asked for a while, or none is left, but no longer than until `grace_begins`.
    async fn quiet(&mut self, grace_begins: Instant) {
        let (mut seen, mut since) = (None, Instant::now());
        while self.states.count() > 0 {
            let (now, steps) = (Instant::now(), self.states.steps_at_rest());
            if steps.is_none() || steps != seen {
                (seen, since) = (steps, now);
            }
            if now >= grace_begins || now.saturating_duration_since(since) >= QUIET {
                return;
            }
            let _ = timeout_at(grace_begins.min(now + LOOK), self.ended()).await;
        }
    }

    /// Has all close, lets requests in progress finish until `grace_begins`, and has those that still wait answered then.
    /// Says how many connections were left after that.
    async fn end(self, grace_begins: Instant) -> usize {
        let Self { context, mut tasks, states, .. } = self;
        states.close();
        for phase in [grace_begins, grace_begins + DRAIN_GRACE] {
            let all_gone = async { while tasks.join_next().await.is_some() {} };
            if timeout_at(phase, all_gone).await.is_ok() {
                return 0;
            }
            context.handler.end();
        }
        tasks.len()
    }

    fn is_full(&self) -> bool {
        self.states.count() >= self.limits.connections
    }

    fn spawn(&mut self, (stream, peer): (TcpStream, SocketAddr)) {
        let (number, state) = self.states.add();
        let context = Arc::clone(&self.context);
        self.tasks.spawn(async move {
            context.serve_connection(stream, peer, &state).await;
            number
        });
    }

    fn count_accepted(&self) {
        let connections = self.context.handler.connections();
        connections.accepted.fetch_add(1, Ordering::Relaxed);
    }
}

fn warn_of_limit(limits: &Limits) {
    let advice = limits
        .connections_setting
        .map(|setting| format!("; if the clients need that many, raise {setting}"));
    tracing::warn!(
        open = limits.connections,
        "the limit of open connections is reached; for a new one, the oldest without a request is closed{}",
        advice.as_deref().unwrap_or_default()
    );
}
