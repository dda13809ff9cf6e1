//! Sockets that listen, and take connections from who may connect.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    task::{Context, Poll},
};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{bind_error::BindError, log_limiter::LogLimiter, peers::Peers};

/// Error number of Linux that has no kind of its own.
const EAFNOSUPPORT: i32 = 97;

/// What the kernel keeps of an answer that is not read, and of a request that is not, in bytes for each connection; it takes
/// twice as much for its own use. By itself it would take megabytes.
const SOCKET_BUFFER: u32 = 32 * 1024;

/// Sockets that listen.
#[derive(Debug)]
pub(crate) struct Bound {
    listeners: Vec<TcpListener>,
    turn: usize,
    peers: Peers,
    strangers: LogLimiter,
}

impl Bound {
    /// Listens on `addresses`, which come from `setting`; the kernel keeps `backlog` connections ready for each. One that
    /// this machine does not have (no IPv6) is left out with a warning if there are others.
    pub(crate) fn bind(
        addresses: &[SocketAddr],
        setting: &'static str,
        backlog: u32,
    ) -> Result<Self, BindError> {
        let mut listeners = Vec::with_capacity(addresses.len() + 1);
        for address in addresses {
            match listen(*address, None, backlog) {
                Ok(listener) => listeners.push(listener),
                Err(error) if is_absent(&error) && addresses.len() > 1 => {
                    tracing::warn!(%address, setting, %error, "this address is not there; listening on the others");
                }
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(BindError::new(error, *address, setting)),
            }
        }
        if listeners.is_empty() {
            let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            return Err(BindError::NoAddress { addresses: list.join(", "), setting });
        }
        Ok(Self::of(listeners))
    }

    /// Listens on one address, and takes only what comes by the interface `device` if one is named.
    pub(crate) fn bind_one(address: SocketAddr, device: Option<&[u8]>, backlog: u32) -> io::Result<Self> {
        Ok(Self::of(vec![listen(address, device, backlog)?]))
    }

    /// Takes connections from this pod's own addresses only.
    #[must_use]
    pub(crate) fn for_this_pod(self) -> Self {
        Self { peers: Peers::Local(None), ..self }
    }

    /// Listens on the sockets of `other` too, for whoever may connect to this one's.
    pub(crate) fn add(&mut self, other: Self) {
        self.listeners.extend(other.listeners);
    }

    /// The addresses listened on, with the real port where port 0 was asked for.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners
            .iter()
            .filter_map(|l| l.local_addr().ok())
            .collect()
    }

    /// Stops listening. Who has connected already is handed to `receive`: they may have asked, and would be reset unheard.
    pub(crate) fn close(mut self, mut receive: impl FnMut((TcpStream, SocketAddr))) {
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
    pub(crate) async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| {
            for _ in 0..self.listeners.len() {
                self.turn = (self.turn + 1) % self.listeners.len();
                // Until it has nothing more, or it would not say when it has.
                while let Poll::Ready(result) = self.poll_turn(cx) {
                    match result {
                        Ok((_, peer)) if !self.peers.admit(peer.ip()) => self.warn_of_stranger(peer),
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

    fn warn_of_stranger(&self, peer: SocketAddr) {
        if let Some(suppressed) = self.strangers.allow() {
            tracing::warn!(
                %peer, operation = "request", result = "refused", errorCategory = "request", suppressed,
                "closed a connection from outside this pod"
            );
        }
    }

    fn of(listeners: Vec<TcpListener>) -> Self {
        Self { listeners, turn: 0, peers: Peers::All, strangers: LogLimiter::default() }
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

#[cfg(test)]
mod tests {
    use super::Bound;

    #[tokio::test]
    async fn an_address_that_is_not_there_is_left_out() {
        let addresses = ["127.0.0.1:0".parse().unwrap(), "192.0.2.1:0".parse().unwrap()];
        let bound = Bound::bind(&addresses, "WISP_LISTEN", 8).unwrap();
        assert_eq!(bound.addresses().len(), 1);
        let error = Bound::bind(&addresses[1..], "WISP_LISTEN", 8).unwrap_err();
        insta::assert_snapshot!(error, @"cannot listen on 192.0.2.1:0: no such address here; set WISP_LISTEN to one that exists");
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = Bound::bind(&["127.0.0.1:0".parse().unwrap()], "WISP_LISTEN", 8).unwrap();
        let taken = first.addresses()[0];
        let error = Bound::bind(&[taken], "WISP_LISTEN", 8)
            .unwrap_err()
            .to_string();
        let error = error.replace(&taken.port().to_string(), "PORT");
        insta::assert_snapshot!(error, @"cannot listen on 127.0.0.1:PORT: port PORT is taken by another process of this pod; free it, or set WISP_LISTEN to another port");
    }

    #[tokio::test]
    async fn every_socket_is_accepted_from() {
        let any = "127.0.0.1:0".parse().unwrap();
        let mut bound = Bound::bind(&[any, any], "WISP_LISTEN", 8).unwrap();
        for address in bound.addresses() {
            let client = tokio::net::TcpStream::connect(address).await.unwrap();
            let (_, peer) = bound.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    }
}
