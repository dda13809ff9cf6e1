//! The proof: a listener as the sidecar will have it, or the sidecar's own, and a connection as an application makes it, which
//! must meet.

use std::{io, net::SocketAddr, time::Duration};

use rustix::io::Errno;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    connections,
    error::RedirectError,
    plan::{Backend, Plan, TARGET},
};
use crate::{
    endpoint::{ListenError, listen as listener},
    server::{BindError, Bound},
};

/// It is all within one machine; on a busy one, starting a process takes longer than this should.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two looks at the list of connections.
const PAUSE: Duration = Duration::from_millis(5);

/// How a redirect is proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proof {
    /// It is not.
    Skipped,
    /// By a listener of this process, so that nobody may listen there yet.
    OwnListener,
    /// By that, or by the kernel's list of connections where somebody listens already: wisp that was started before.
    AnyListener,
}

/// Listens where wisp is going to listen, by the same code.
pub(super) fn listen(plan: Plan, backend: Backend) -> Result<Bound, RedirectError> {
    let other = |error: &dyn std::error::Error| RedirectError::NotListening { reason: error.to_string() };
    match backend {
        Backend::Nft => {
            listener::tokens(&[([127, 0, 0, 1], plan.port).into()]).map_err(|error| match error {
                ListenError::Bind(BindError::Taken { address, .. }) => {
                    RedirectError::PortTaken { port: address.port() }
                }
                error => other(&error),
            })
        }
        Backend::Lo => listener::imds().map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => RedirectError::PortTaken { port: TARGET.1 },
            io::ErrorKind::PermissionDenied => RedirectError::PortForbidden,
            _ => other(&error),
        }),
    }
}

/// Connects to the metadata service's address and expects to find itself at `listener`.
pub(super) async fn prove(mut listener: Bound) -> Result<(), RedirectError> {
    let deadline = Instant::now() + PATIENCE;
    let (_stream, own) = connect(deadline).await?;
    let arrival = async {
        loop {
            match listener.accept().await {
                Ok((_, peer)) if peer == own => return,
                // An application that is early: it is going to ask again.
                Ok(_) | Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    timeout_at(deadline, arrival)
        .await
        .map_err(|_| RedirectError::Elsewhere)
}

/// Connects to the metadata service's address and expects whoever listens at `port` to be at the other end. Nothing is sent.
pub(super) async fn prove_by_connections(port: u16) -> Result<(), RedirectError> {
    let deadline = Instant::now() + PATIENCE;
    let (_stream, own) = connect(deadline).await?;
    // A connection to the metadata service's address is one of IPv4.
    let SocketAddr::V4(own) = own else { return Err(RedirectError::Elsewhere) };
    while !connections::arrives(own, port).map_err(|error| unconnected(&error))? {
        if Instant::now() >= deadline {
            return Err(RedirectError::Elsewhere);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// A connection as an application makes it, and its own end.
async fn connect(deadline: Instant) -> Result<(TcpStream, SocketAddr), RedirectError> {
    let stream = match timeout_at(deadline, TcpStream::connect(SocketAddr::from(TARGET))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unconnected(&error)),
        Err(_) => return Err(RedirectError::Silent),
    };
    let own = stream.local_addr().map_err(|error| unconnected(&error))?;
    Ok((stream, own))
}

fn unconnected(error: &io::Error) -> RedirectError {
    match Errno::from_io_error(error) {
        Some(Errno::NETUNREACH | Errno::HOSTUNREACH) => RedirectError::Unreachable,
        Some(Errno::CONNREFUSED) => RedirectError::Refused,
        Some(Errno::TIMEDOUT) => RedirectError::Silent,
        errno => RedirectError::Unconnected { error: errno.unwrap_or(Errno::IO).raw_os_error() },
    }
}
