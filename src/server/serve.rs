//! Connections accepted until the end, up to a cap and at a pace.

use std::{future::Future, io, mem, pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use super::{
    acceptor::{Acceptor, Plain},
    bound::Bound,
    connections::Connections,
    handler::Handler,
    limits::Limits,
    pace::Pacer,
};

/// How long accepting rests when the kernel has no descriptor or memory left for a connection.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How often to look for one to evict while another waits and all are busy with a request.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Serves connections to `bound` until `stop`, then stops accepting, lets what is in progress finish within
/// [`Limits::drain`], and returns how many connections had to be cut off.
pub(crate) async fn serve<H: Handler>(
    bound: Bound,
    handler: Arc<H>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    serve_over(Plain, bound, handler, limits, stop).await
}

/// The same over what `acceptor` makes of each connection.
pub(crate) async fn serve_over<A: Acceptor, H: Handler>(
    acceptor: A,
    mut bound: Bound,
    handler: Arc<H>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let mut pacer = limits.pace.map(Pacer::new);
    let mut connections = Connections::new(acceptor, handler, limits);
    let mut stop = pin!(stop);
    let (mut rest, mut is_short) = (None, false);
    loop {
        connections.serve_waiting();
        let waiting = connections.has_waiting();
        tokio::select! {
            () = stop.as_mut() => return connections.close(bound).await,
            () = connections.ended() => {}
            () = sleep(LOOK_AGAIN), if waiting => connections.evict_one(),
            () = sleep_until(rest.unwrap_or_else(Instant::now)), if rest.is_some() => rest = None,
            accepted = bound.accept(), if !waiting && rest.is_none() => match accepted {
                Ok(newcomer) => {
                    is_short = false;
                    rest = pacer.as_mut().and_then(Pacer::rest);
                    connections.receive(newcomer);
                }
                Err(error) if is_about_one_connection(&error) => {
                    tracing::debug!(%error, "a connection was gone before it was accepted");
                }
                // No descriptor or no memory is left: one that nobody uses makes way for the next.
                Err(error) => {
                    if !mem::replace(&mut is_short, true) {
                        tracing::warn!(%error, open = connections.count(), "cannot accept connections for now");
                    }
                    connections.evict_one();
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
