//! The socket of wisp that is for probes alone.

use std::{io, net::SocketAddr, os::unix::net::UnixStream, time::Duration};

use rustix::{
    net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with,
        sockopt::{Timeout, set_socket_timeout, socket_peercred},
    },
    process::geteuid,
};

use crate::endpoint::probe_socket_name;

/// Connects to it, if it belongs to this user: anybody in the pod can take its name while wisp is not there.
pub(super) fn open(admin: SocketAddr, at_most: Duration) -> io::Result<UnixStream> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // Without it, connecting waits for ever while the queue is full.
    set_socket_timeout(&socket, Timeout::Send, Some(at_most))?;
    connect(&socket, &SocketAddrUnix::new_abstract_name(probe_socket_name(admin).as_bytes())?)?;
    let (own, theirs) = (geteuid(), socket_peercred(&socket)?.uid);
    if theirs != own {
        let (own, theirs) = (own.as_raw(), theirs.as_raw());
        return Err(io::Error::other(format!("it belongs to user {theirs}, and wisp is user {own}")));
    }
    Ok(UnixStream::from(socket))
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, sync::Arc, time::Duration};

    use tokio::task::spawn_blocking;

    use crate::{
        cli::probe::{Probe, run},
        endpoint::{Admin, ProbeSocket, Readiness},
        settings::Env,
    };

    /// Nobody listens there.
    fn nowhere() -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    #[tokio::test]
    async fn it_is_asked_first_and_it_is_enough() {
        let address = nowhere();
        let mut readiness = Readiness::default();
        readiness.checked("token file readable", || Err("/x is missing".into()));
        let admin = Arc::new(Admin::new(readiness, String::new));
        tokio::spawn(ProbeSocket::bind(address).unwrap().serve(admin));
        let ask = async |path| {
            let probe = Probe { path, admin: Some(address), wait: Duration::ZERO, flags: Vec::new() };
            spawn_blocking(|| run(probe, Env::default()))
                .await
                .unwrap()
                .messages
        };
        assert_eq!(ask("/livez").await, "");
        insta::assert_snapshot!(ask("/readyz").await, @r#"error: the socket for probes answers /readyz with 503 Service Unavailable {"ready":false,"pending":[{"condition":"token file readable","reason":"/x is missing"}]}"#);
    }
}
