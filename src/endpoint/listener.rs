//! Where wisp listens, and what is said when it cannot.

use std::{
    future::poll_fn,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    task::{Context, Poll},
};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{peers::Peers, sparing::Sparing};
use crate::names::IMDS_ADDRESS;

/// Where the metadata service answers.
const IMDS_PORT: u16 = 80;

/// The interface that only this pod's own processes send by.
const LOOPBACK: &[u8] = b"lo";

/// Error numbers of Linux that have no kind of their own.
const EPERM: i32 = 1;
const EAFNOSUPPORT: i32 = 97;

/// How many connections the kernel keeps ready while the cap is reached. mssql-jdbc opens twenty within 20 ms.
const BACKLOG: u32 = 1024;

/// How many of those that probe and scrape. Who has to wait longer than for these asks again.
const ADMIN_BACKLOG: u32 = 128;

/// What the kernel keeps of an answer that is not read, and of a request that is not, in bytes for each connection; it takes
/// twice as much for its own use. By itself it would take megabytes.
const SOCKET_BUFFER: u32 = 32 * 1024;

/// Where the old extension for virtual machines listened; its clients have the port built in.
const VM_EXTENSION: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_342);

const TOKEN_SETTING: &str = "WISP_LISTEN";
const ADMIN_SETTING: &str = "WISP_ADMIN_LISTEN";
const IDENTITY_SETTING: &str = "WISP_IDENTITY_LISTEN";

/// Why wisp cannot listen. Each text names the address, the port and the setting.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process has the port.
    #[error(
        "cannot listen on {address}: port {port} is taken by another process of this pod; free it, or set {setting} to \
         another port",
        port = address.port()
    )]
    Taken {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
    },
    /// The port is privileged.
    #[error(
        "cannot listen on {address}: port {port} needs the capability NET_BIND_SERVICE here; set {setting} to a port \
         above 1023",
        port = address.port()
    )]
    Forbidden {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
    },
    /// Tokens are for this pod only.
    #[error(
        "cannot listen on {address}: tokens are handed out on loopback only; set {setting} to a loopback address"
    )]
    NotLoopback {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
    },
    /// The one port of the VM extension is not to be had.
    #[error(
        "cannot listen on {VM_EXTENSION}, where clients of the VM extension ask; free that port, or turn off \
         WISP_LISTEN_VM_EXTENSION"
    )]
    VmExtension {
        /// What the kernel said.
        source: io::Error,
    },
    /// None of the addresses is there.
    #[error("cannot listen on {addresses}: no such address here; set {setting} to one that exists")]
    NoAddress {
        /// The addresses that were wanted.
        addresses: String,
        /// The setting they came from.
        setting: &'static str,
    },
    /// Anything else.
    #[error("cannot listen on {address} (port {port}, setting {setting})", port = address.port())]
    Other {
        /// The address that was wanted.
        address: SocketAddr,
        /// The setting it came from.
        setting: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Sockets that listen.
#[derive(Debug)]
pub struct Bound {
    listeners: Vec<TcpListener>,
    turn: usize,
    peers: Peers,
    strangers: Sparing,
}

impl Bound {
    /// Listens for token requests on `addresses`, all loopback. One that this machine does not have (no IPv6) is left
    /// out with a warning.
    pub fn token(addresses: &[SocketAddr]) -> Result<Self, BindError> {
        if let Some(address) = addresses.iter().find(|a| !a.ip().is_loopback()) {
            return Err(BindError::NotLoopback { address: *address, setting: TOKEN_SETTING });
        }
        Self::all(addresses, TOKEN_SETTING, BACKLOG).map(|bound| Self { peers: Peers::Local(None), ..bound })
    }

    /// Listens for the token requests of one identity.
    pub fn identity(address: SocketAddr) -> Result<Self, BindError> {
        if !address.ip().is_loopback() {
            return Err(BindError::NotLoopback { address, setting: IDENTITY_SETTING });
        }
        Self::all(&[address], IDENTITY_SETTING, BACKLOG)
            .map(|bound| Self { peers: Peers::Local(None), ..bound })
    }

    /// Listens for token requests on the metadata service's own address, which must be on `lo`. Only what comes by `lo` is
    /// taken: the address is this pod's for everyone who has a route to it, and the pod's neighbours could make one.
    pub fn imds() -> io::Result<Self> {
        let listener = listen((IMDS_ADDRESS, IMDS_PORT).into(), Some(LOOPBACK), BACKLOG)?;
        Ok(Self { peers: Peers::Local(None), ..Self::of(vec![listener]) })
    }

    /// Listens on the metadata service's own address too, if someone put it on `lo` for us.
    ///
    /// Most pods reach wisp otherwise, so it not being there is the normal case and no error.
    pub fn add_imds(&mut self) {
        let address = SocketAddr::from((IMDS_ADDRESS, IMDS_PORT));
        match Self::imds() {
            Ok(imds) => {
                tracing::info!(%address, "listening on the metadata service's address");
                self.listeners.extend(imds.listeners);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                tracing::debug!(%address, "the metadata service's address is not on this pod's loopback");
            }
            // Naming the interface needs a right before Linux 5.7; whether the address is there was not looked at.
            Err(error) if error.raw_os_error() == Some(EPERM) => {
                tracing::info!(%address, %error, "may not listen on the metadata service's address");
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                tracing::warn!(
                    %address,
                    "the metadata service's address is on this pod's loopback, and its port is for privileged users; set \
                     the pod's sysctl net.ipv4.ip_unprivileged_port_start to 80"
                );
            }
            Err(error) => {
                tracing::warn!(%address, %error, "cannot listen on the metadata service's address");
            }
        }
    }

    /// Listens where the old extension for virtual machines did.
    pub fn add_vm_extension(&mut self) -> Result<(), BindError> {
        let listener =
            listen(VM_EXTENSION, None, BACKLOG).map_err(|source| BindError::VmExtension { source })?;
        self.listeners.push(listener);
        Ok(())
    }

    /// Listens for probes and scrapes, on loopback or not. `[::]` becomes `0.0.0.0` where there is no IPv6.
    pub fn admin(address: SocketAddr) -> Result<Self, BindError> {
        let result = Self::all(&[address], ADMIN_SETTING, ADMIN_BACKLOG);
        if matches!(result, Err(BindError::NoAddress { .. })) && address.ip() == Ipv6Addr::UNSPECIFIED {
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), address.port());
            return Self::all(&[address], ADMIN_SETTING, ADMIN_BACKLOG);
        }
        result
    }

    /// The addresses listened on, with the real port where port 0 was asked for.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners
            .iter()
            .filter_map(|l| l.local_addr().ok())
            .collect()
    }

    /// Stops listening. Who has connected already is handed to `receive`: they may have asked, and would be reset unheard.
    pub fn close(mut self, mut receive: impl FnMut((TcpStream, SocketAddr))) {
        for listener in std::mem::take(&mut self.listeners) {
            // Not by way of the runtime, which may not have noticed the last of them: nothing may come in between.
            let Ok(listener) = listener.into_std() else { continue };
            while let Ok((stream, peer)) = listener.accept() {
                if self.peers.admit(peer.ip())
                    && stream.set_nonblocking(true).is_ok()
                    && let Ok(stream) = TcpStream::from_std(stream)
                {
                    receive((stream, peer));
                }
            }
        }
    }

    /// The next connection to any of the sockets, each in its turn.
    pub async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| {
            for _ in 0..self.listeners.len() {
                self.turn = (self.turn + 1) % self.listeners.len();
                // Until it has nothing more, or it would not say when it has.
                while let Poll::Ready(result) = self.poll_turn(cx) {
                    match result {
                        Ok((_, peer)) if !self.peers.admit(peer.ip()) => self.tell_of_stranger(peer),
                        result => return Poll::Ready(result),
                    }
                }
            }
            Poll::Pending
        })
        .await
    }

    /// What the listener whose turn it is has.
    fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        self.listeners
            .get(self.turn)
            .map_or(Poll::Pending, |listener| listener.poll_accept(cx))
    }

    fn tell_of_stranger(&self, peer: SocketAddr) {
        if let Some(unsaid) = self.strangers.say() {
            tracing::warn!(
                %peer, operation = "request", result = "refused", errorCategory = "request", unsaid,
                "closed a connection from outside this pod"
            );
        }
    }

    fn all(addresses: &[SocketAddr], setting: &'static str, backlog: u32) -> Result<Self, BindError> {
        let mut listeners = Vec::with_capacity(addresses.len() + 1);
        for address in addresses {
            match listen(*address, None, backlog) {
                Ok(listener) => listeners.push(listener),
                Err(error) if is_absent(&error) && addresses.len() > 1 => {
                    tracing::warn!(%address, setting, %error, "this address is not there; listening on the others");
                }
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(classify(error, *address, setting)),
            }
        }
        if listeners.is_empty() {
            let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            return Err(BindError::NoAddress { addresses: list.join(", "), setting });
        }
        Ok(Self::of(listeners))
    }

    fn of(listeners: Vec<TcpListener>) -> Self {
        Self { listeners, turn: 0, peers: Peers::All, strangers: Sparing::default() }
    }
}

/// Listens on `address`, and takes only what comes by the interface `device` if one is named. For a socket that has none
/// yet, Linux asks for no capability to name one, since 5.7.
fn listen(address: SocketAddr, device: Option<&[u8]>, backlog: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for connections of the last run to time out.
    socket.set_reuseaddr(true)?;
    // What is accepted inherits these.
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    #[cfg(target_os = "linux")]
    if device.is_some() {
        socket.bind_device(device)?;
    }
    #[cfg(not(target_os = "linux"))]
    if device.is_some() {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    }
    socket.bind(address)?;
    socket.listen(backlog)
}

/// No such address, or no such protocol in this kernel.
fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(EAFNOSUPPORT)
}

fn classify(source: io::Error, address: SocketAddr, setting: &'static str) -> BindError {
    match source.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken { address, setting },
        io::ErrorKind::PermissionDenied => BindError::Forbidden { address, setting },
        _ => BindError::Other { address, setting, source },
    }
}

#[cfg(test)]
mod tests {
    use super::{BindError, Bound, classify};
    use std::io;

    #[tokio::test]
    async fn an_address_that_is_not_there_is_left_out() {
        let addresses = ["127.0.0.1:0".parse().unwrap(), "192.0.2.1:0".parse().unwrap()];
        let bound = Bound::all(&addresses, "WISP_LISTEN", 8).unwrap();
        assert_eq!(bound.addresses().len(), 1);
        let error = Bound::all(&addresses[1..], "WISP_LISTEN", 8).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 192.0.2.1:0: no such address here; set WISP_LISTEN to one that exists");
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = Bound::token(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let taken = first.addresses()[0];
        let error = Bound::token(&[taken]).unwrap_err().to_string();
        let error = error.replace(&taken.port().to_string(), "PORT");
        insta::assert_snapshot!(error, @"cannot listen on 127.0.0.1:PORT: port PORT is taken by another process of this pod; free it, or set WISP_LISTEN to another port");
    }

    #[test]
    fn tokens_stay_on_loopback() {
        let error = Bound::token(&["0.0.0.0:4254".parse().unwrap()]).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 0.0.0.0:4254: tokens are handed out on loopback only; set WISP_LISTEN to a loopback address");
        let denied =
            classify(io::ErrorKind::PermissionDenied.into(), "127.0.0.1:80".parse().unwrap(), "WISP_LISTEN");
        insta::assert_snapshot!(denied, @"cannot listen on 127.0.0.1:80: port 80 needs the capability NET_BIND_SERVICE here; set WISP_LISTEN to a port above 1023");
        assert!(matches!(denied, BindError::Forbidden { .. }));
    }

    #[tokio::test]
    async fn the_metadata_address_is_used_only_if_it_is_there() {
        let mut bound = Bound::token(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        bound.add_imds();
        match bound.addresses()[..] {
            [_] => {}
            [_, second] => assert_eq!(second, "169.254.169.254:80".parse().unwrap()),
            ref other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_admin_listener_falls_back_where_ipv6_is_off() {
        // On a machine with IPv6 the first address is taken as it is; either way there is one listener.
        let bound = Bound::admin("[::]:0".parse().unwrap()).unwrap();
        let address = bound.addresses()[0];
        assert!(address.ip().is_unspecified(), "{address}");
        let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], address.port()));
        tokio::net::TcpStream::connect(loopback).await.unwrap();
        let error = Bound::admin("192.0.2.1:4255".parse().unwrap()).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 192.0.2.1:4255: no such address here; set WISP_ADMIN_LISTEN to one that exists");
    }

    #[tokio::test]
    async fn every_socket_is_accepted_from() {
        let any = "127.0.0.1:0".parse().unwrap();
        let mut bound = Bound::token(&[any, any]).unwrap();
        for address in bound.addresses() {
            let client = tokio::net::TcpStream::connect(address).await.unwrap();
            let (_, peer) = bound.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    }
}
