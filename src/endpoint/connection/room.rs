//! The connections of a set of listeners: seated up to a cap, dismissed at the end.

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

use super::{Limits, attend::Attendance, handler::Handler, seats::Seats};
use crate::endpoint::{listener::Bound, sparing::Sparing};

/// The last part of the drain, in which those who still wait are told to come back: enough to write it, and for them to read
/// it. It is given even where the drain is shorter.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// When nothing has been asked for so long, connections that are kept alive are closed at the end. Whoever asks more often
/// has had an answer by then that told them to connect anew.
const QUIET: Duration = Duration::from_millis(300);

/// How often to look whether something was asked.
const LOOK: Duration = Duration::from_millis(20);

/// Who is connected, and who waits to be.
pub(super) struct Room<H> {
    attendance: Arc<Attendance<H>>,
    limits: Limits,
    connections: JoinSet<u64>,
    seats: Seats,
    /// Accepted, and without a seat yet.
    waiting: Option<(TcpStream, SocketAddr)>,
    full: Sparing,
}

impl<H: Handler> Room<H> {
    pub(super) fn new(handler: Arc<H>, limits: Limits) -> Self {
        Self {
            attendance: Arc::new(Attendance::new(handler, limits.idle)),
            limits,
            connections: JoinSet::new(),
            seats: Seats::default(),
            waiting: None,
            full: Sparing::default(),
        }
    }

    /// How many are connected.
    pub(super) fn count(&self) -> usize {
        self.seats.count()
    }

    /// Whether somebody waits for a seat; until they have one, nobody else is accepted.
    pub(super) fn has_somebody_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Takes a new connection in, and makes room for it if there is none.
    pub(super) fn receive(&mut self, newcomer: (TcpStream, SocketAddr)) {
        self.count_accepted();
        self.waiting = Some(newcomer);
        if self.is_full() {
            if self.full.say().is_some() {
                warn_of_crowd(&self.limits);
            }
            self.make_room();
        }
    }

    /// Seats who waits, if there is a seat.
    pub(super) fn seat_waiting(&mut self) {
        if !self.is_full()
            && let Some(newcomer) = self.waiting.take()
        {
            self.seat(newcomer);
        }
    }

    /// Asks one that has no request in progress to leave.
    pub(super) fn make_room(&self) {
        self.seats.make_room();
    }

    /// Waits until one has left.
    pub(super) async fn left(&mut self) {
        match self.connections.join_next().await {
            Some(Ok(number)) => self.seats.give_back(number),
            Some(Err(_)) => self.seats.give_back_lost(),
            None => pending().await,
        }
    }

    /// Stops accepting, lets requests in progress finish, and says how many connections had to be cut off.
    pub(super) async fn close(mut self, bound: Bound) -> usize {
        let last_words = Instant::now() + self.limits.drain.saturating_sub(LAST_WORDS);
        if let Some(newcomer) = self.waiting.take() {
            self.seat(newcomer);
        }
        // Before anyone is told: they would connect again at once, and be reset.
        bound.close(|newcomer| {
            if !self.is_full() {
                self.count_accepted();
                self.seat(newcomer);
            }
        });
        self.seats.end();
        self.quiet(last_words).await;
        self.end(last_words).await
    }

    /// Waits until nothing has been asked for a while, or nobody is left, but no longer than until `last_words`.
    async fn quiet(&mut self, last_words: Instant) {
        let (mut seen, mut since) = (None, Instant::now());
        while self.seats.count() > 0 {
            let (now, steps) = (Instant::now(), self.seats.steps_at_rest());
            if steps.is_none() || steps != seen {
                (seen, since) = (steps, now);
            }
            if now >= last_words || now.saturating_duration_since(since) >= QUIET {
                return;
            }
            let _ = timeout_at(last_words.min(now + LOOK), self.left()).await;
        }
    }

    /// Has everyone leave, lets requests in progress finish until `last_words`, and has those that still wait answered then.
    /// Says how many connections were left after that.
    async fn end(self, last_words: Instant) -> usize {
        let Self { attendance, mut connections, seats, .. } = self;
        seats.leave();
        for phase in [last_words, last_words + LAST_WORDS] {
            let all_gone = async { while connections.join_next().await.is_some() {} };
            if timeout_at(phase, all_gone).await.is_ok() {
                return 0;
            }
            attendance.handler.end();
        }
        connections.len()
    }

    fn is_full(&self) -> bool {
        self.seats.count() >= self.limits.connections
    }

    fn seat(&mut self, (stream, peer): (TcpStream, SocketAddr)) {
        let (number, seat) = self.seats.take();
        let attendance = Arc::clone(&self.attendance);
        self.connections.spawn(async move {
            attendance.attend(stream, peer, &seat).await;
            number
        });
    }

    fn count_accepted(&self) {
        let connections = self.attendance.handler.connections();
        connections.accepted.fetch_add(1, Ordering::Relaxed);
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
