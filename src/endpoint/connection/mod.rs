//! The life of connections: accepted up to a cap, served one request after the other, closed when idle, drained at the end.

mod attend;
mod dates;
mod handler;
mod room;
mod seats;
mod socket;

use std::{future::Future, io, mem, pin::pin, sync::Arc, time::Duration};

use tokio::time::sleep;

pub use handler::{Handler, Reply};

use super::listener::Bound;
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
    /// How long a connection may go without a request begun or answered. One that sends its request slower, or does not
    /// read its answer, is closed after at most twice this time.
    pub idle: Duration,
    /// How long requests in progress may take to finish once the end has come. Those that still wait in its last 300 ms are
    /// answered without what they wait for; if it is shorter, that is at once, and takes 300 ms at most.
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
    let mut room = Room::new(handler, limits);
    let mut stop = pin!(stop);
    let mut resting = false;
    loop {
        room.seat_waiting();
        let waiting = room.has_somebody_waiting();
        tokio::select! {
            () = stop.as_mut() => return room.close(bound).await,
            () = room.left() => {}
            () = sleep(LOOK_AGAIN), if waiting => room.make_room(),
            accepted = bound.accept(), if !waiting => match accepted {
                Ok(newcomer) => {
                    resting = false;
                    room.receive(newcomer);
                }
                Err(error) if is_about_one_connection(&error) => {
                    tracing::debug!(%error, "a connection was gone before it was accepted");
                }
                Err(error) => {
                    if !mem::replace(&mut resting, true) {
                        tracing::warn!(%error, open = room.count(), "cannot accept connections for now");
                    }
                    sleep(ACCEPT_REST).await;
                }
            },
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
