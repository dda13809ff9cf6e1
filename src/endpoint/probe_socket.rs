//! A way for probes that nobody else can fill.
//!
//! Whoever reaches the pod can take all connections of the admin listener, and the kubelet would then end a healthy wisp. So
//! wisp listens at a socket too that only processes of this pod can reach. It has one of the kernel's abstract names, for the
//! image has no folder that can be written to; such a name belongs to the pod's network, which its containers share. Both
//! ends therefore look at the user of the other: another container can neither answer in wisp's place nor take its time.

use std::{
    io,
    net::SocketAddr,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr as UnixAddr, UnixListener as Listener},
    },
    sync::Arc,
    time::Duration,
};

use http_body_util::BodyExt as _;
use hyper::Method;
use rustix::process::geteuid;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::admin::Admin;
use crate::server::LogLimiter;

/// Probes at once. A kubelet has three, each seldom.
const AT_ONCE: usize = 8;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long accepting rests after it failed.
const REST: Duration = Duration::from_millis(100);

/// The longest request, in bytes.
const MAX_REQUEST: usize = 256;

/// The abstract name of the socket beside the admin listener that is configured as `admin`.
pub(crate) fn probe_socket_name(admin: SocketAddr) -> String {
    format!("wisp-probe-{admin}")
}

/// The socket, which listens.
#[derive(Debug)]
pub(crate) struct ProbeSocket {
    listener: UnixListener,
    strangers: LogLimiter,
}

impl ProbeSocket {
    /// Listens beside the admin listener that is configured as `admin`.
    pub(crate) fn bind(admin: SocketAddr) -> io::Result<Self> {
        let address = UnixAddr::from_abstract_name(probe_socket_name(admin))?;
        let listener = Listener::bind_addr(&address)?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener: UnixListener::from_std(listener)?, strangers: LogLimiter::default() })
    }

    /// Answers for `admin`, until this is dropped.
    pub(crate) async fn serve(self, admin: Arc<Admin>) {
        let mut probes = JoinSet::new();
        loop {
            tokio::select! {
                Some(_) = probes.join_next() => {}
                accepted = self.listener.accept(), if probes.len() < AT_ONCE => match accepted {
                    Ok((stream, _)) if self.is_own(&stream) => {
                        probes.spawn(timeout(PATIENCE, answer(stream, Arc::clone(&admin))));
                    }
                    Ok(_) => {}
                    Err(_) => sleep(REST).await,
                }
            }
        }
    }

    fn is_own(&self, stream: &UnixStream) -> bool {
        let user = stream.peer_cred().map(|peer| peer.uid());
        let is_own = user.as_ref().is_ok_and(|user| *user == geteuid().as_raw());
        if !is_own && let Some(suppressed) = self.strangers.allow() {
            tracing::warn!(
                user = user.ok(),
                suppressed,
                "closed a connection of another user to the socket for probes"
            );
        }
        is_own
    }
}

/// Answers one request in the words of HTTP. It is asked by `wisp probe` alone, so no more of HTTP is understood.
async fn answer(mut stream: UnixStream, admin: Arc<Admin>) -> io::Result<()> {
    let mut request = Vec::new();
    while request.len() < MAX_REQUEST && !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request
        .strip_prefix("GET ")
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or_default();
    let (head, body) = admin.answer(&Method::GET, path).into_parts();
    let body = body
        .collect()
        .await
        .map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
    let head = format!("HTTP/1.1 {}\r\nconnection: close\r\n\r\n", head.status);
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await
}
