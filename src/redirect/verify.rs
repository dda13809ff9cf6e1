//! The proof: a listener as the sidecar will have it, and a connection as an application makes it, which must meet.

use std::{io, net::SocketAddr, time::Duration};

use rustix::io::Errno;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    plan::{Plan, TARGET, Way},
    trouble::Trouble,
};
use crate::{
    endpoint::{ListenError, listen as listener},
    server::{BindError, Bound},
};

/// It is all within one machine; on a busy one, starting a process takes longer than this should.
const PATIENCE: Duration = Duration::from_secs(2);

/// Listens where wisp is going to listen, by the same code.
pub(super) fn listen(plan: Plan, way: Way) -> Result<Bound, Trouble> {
    let other = |error: &dyn std::error::Error| Trouble::NotListening { reason: error.to_string() };
    match way {
        Way::Nft => listener::tokens(&[([127, 0, 0, 1], plan.port).into()]).map_err(|error| match error {
            ListenError::Bind(BindError::Taken { address, .. }) => {
                Trouble::PortTaken { port: address.port() }
            }
            error => other(&error),
        }),
        Way::Lo => listener::imds().map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => Trouble::PortTaken { port: TARGET.1 },
            io::ErrorKind::PermissionDenied => Trouble::PortForbidden,
            _ => other(&error),
        }),
    }
}

/// Connects to the metadata service's address and expects to meet itself at `listener`.
pub(super) async fn meet(mut listener: Bound) -> Result<(), Trouble> {
    let deadline = Instant::now() + PATIENCE;
    let stream = match timeout_at(deadline, TcpStream::connect(SocketAddr::from(TARGET))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unconnected(&error)),
        Err(_) => return Err(Trouble::Silent),
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
        .map_err(|_| Trouble::Elsewhere)
}

fn unconnected(error: &io::Error) -> Trouble {
    match Errno::from_io_error(error) {
        Some(Errno::NETUNREACH | Errno::HOSTUNREACH) => Trouble::Unreachable,
        Some(Errno::CONNREFUSED) => Trouble::Refused,
        Some(Errno::TIMEDOUT) => Trouble::Silent,
        errno => Trouble::Unconnected { error: errno.unwrap_or(Errno::IO).raw_os_error() },
    }
}
