//! The proof: a listener as the sidecar will have it, and a connection as an application makes it, which must meet.

use std::{io, net::SocketAddr, time::Duration};

use rustix::io::Errno;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    error::RedirectError,
    plan::{Backend, Plan, TARGET},
};
use crate::{
    endpoint::{ListenError, listen as listener},
    server::{BindError, Bound},
};

/// It is all within one machine; on a busy one, starting a process takes longer than this should.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let stream = match timeout_at(deadline, TcpStream::connect(SocketAddr::from(TARGET))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unconnected(&error)),
        Err(_) => return Err(RedirectError::Silent),
    };
    let own = stream.local_addr().map_err(|error| unconnected(&error))?;
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

fn unconnected(error: &io::Error) -> RedirectError {
    match Errno::from_io_error(error) {
        Some(Errno::NETUNREACH | Errno::HOSTUNREACH) => RedirectError::Unreachable,
        Some(Errno::CONNREFUSED) => RedirectError::Refused,
        Some(Errno::TIMEDOUT) => RedirectError::Silent,
        errno => RedirectError::Unconnected { error: errno.unwrap_or(Errno::IO).raw_os_error() },
    }
}
