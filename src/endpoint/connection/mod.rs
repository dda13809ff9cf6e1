//! The life of connections: accepted up to a cap, served one request after the other, closed when idle, drained at the end.

mod attend;
mod dates;
mod handler;
mod heads;
mod linger;
mod pace;
mod room;
mod seats;
mod socket;

use std::{future::Future, io, mem, pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

pub use handler::{Handler, Reply};
pub use pace::Pace;

use super::listener::Bound;
use pace::Pacer;
use room::Room;

/// How long accepting rests when the kernel has no descriptor or memory left for a connection.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How often to look for room while somebody waits for it and all are busy with a request.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Bounds of a set of listeners.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once. For one more, the oldest that has no request in progress is closed; while all have one,
    /// it waits.
    pub connections: usize,
    /// The setting that `connections` comes from, for the log; none if it is fixed.
    pub connections_setting: Option<&'static str>,
    /// How fast connections are accepted; none for as fast as they come.
    pub pace: Option<Pace>,
    /// How long a connection may go without a request begun or answered. One that sends its request slower, or does not
    /// read its answer, is closed after at most twice this time.
    pub idle: Duration,
    /// How long requests in progress may take to finish once the end has come. Connections that are kept alive are answered
    /// meanwhile, each once more, until nothing has been asked for 300 ms. Requests that still wait in the last 300 ms are
    /// answered without what they wait for; if the whole is shorter, that is at once, and takes 300 ms at most.
    pub drain: Duration,
}

/// Serves connections to `bound` until `stop`, then stops accepting, lets what is in progress finish within
/// [`Limits::drain`], and returns how many connections had to be cut off.
pub async fn serve<H: Handler>(
    mut bound: Bound,
    handler: Arc<H>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let mut pacer = limits.pace.map(Pacer::new);
    let mut room = Room::new(handler, limits);
    let mut stop = pin!(stop);
    let (mut rest, mut is_short) = (None, false);
    loop {
        room.seat_waiting();
        let waiting = room.has_somebody_waiting();
        tokio::select! {
            () = stop.as_mut() => return room.close(bound).await,
            () = room.left() => {}
            () = sleep(LOOK_AGAIN), if waiting => room.make_room(),
            () = sleep_until(rest.unwrap_or_else(Instant::now)), if rest.is_some() => rest = None,
            accepted = bound.accept(), if !waiting && rest.is_none() => match accepted {
                Ok(newcomer) => {
                    is_short = false;
                    rest = pacer.as_mut().and_then(Pacer::rest);
                    room.receive(newcomer);
                }
                Err(error) if is_about_one_connection(&error) => {
                    tracing::debug!(%error, "a connection was gone before it was accepted");
                }
                // No descriptor or no memory is left: one that nobody uses makes room for the next.
                Err(error) => {
                    if !mem::replace(&mut is_short, true) {
                        tracing::warn!(%error, open = room.count(), "cannot accept connections for now");
                    }
                    room.make_room();
                    rest = Some(Instant::now() + ACCEPT_REST);
                }
            },
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
