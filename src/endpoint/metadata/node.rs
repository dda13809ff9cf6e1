//! A request to the node's own metadata service: one plain GET to a fixed address, no proxy, no redirect, all bounded.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::{
    Request, StatusCode,
    client::conn::http1,
    header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT},
    http::uri::PathAndQuery,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    time::timeout,
};

use crate::{
    endpoint::body,
    failure::{Category, Class, Failure},
    names::{IMDS_ADDRESS, PASSTHROUGH_DSCP},
};

/// The node is one hop away; what takes longer is not there.
const CONNECT_TIME: Duration = Duration::from_secs(1);

/// The limit for everything, waiting for a turn included.
const WHOLE_TIME: Duration = Duration::from_secs(5);

/// The longest body taken, in bytes. Scheduled events and attested documents have a few KiB.
const MAX_BODY: usize = 256 * 1024;

/// The most bytes of an answer's head, and the most header lines.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// Questions at once. The service allows a machine five a second, and other pods ask too.
const AT_ONCE: usize = 4;

/// How long a client is asked to wait before it tries again.
const RETRY: Duration = Duration::from_secs(5);

/// Tells a request that comes back to wisp from one that an application makes.
pub(in crate::endpoint) const IS_PASSED_ON: HeaderName = HeaderName::from_static("x-wisp-passed-on");

const METADATA: HeaderName = HeaderName::from_static("metadata");

/// The node's metadata service.
#[derive(Debug)]
pub(crate) struct Node {
    address: SocketAddr,
    turns: Semaphore,
}

/// What of its answer is given to the client. All other headers are about this connection or this service.
pub(in crate::endpoint) struct Answer {
    pub(in crate::endpoint) status: StatusCode,
    pub(in crate::endpoint) content_type: Option<HeaderValue>,
    pub(in crate::endpoint) retry_after: Option<HeaderValue>,
    pub(in crate::endpoint) body: Bytes,
}

impl Default for Node {
    /// The node that this pod runs on.
    fn default() -> Self {
        Self::at(SocketAddr::new(IpAddr::V4(IMDS_ADDRESS), 80))
    }
}

impl Node {
    /// A service at `address` that plays the node's.
    pub(in crate::endpoint) fn at(address: SocketAddr) -> Self {
        Self { address, turns: Semaphore::new(AT_ONCE) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for `target`. Any complete answer is an answer.
    pub(in crate::endpoint) async fn get(&self, target: PathAndQuery) -> Result<Answer, Failure> {
        let whole = async {
            // Never closed, so this does not fail.
            let _turn = self.turns.acquire().await;
            let stream = match timeout(CONNECT_TIME, connect(self.address)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    return Err(self.failure(Category::Network, &format!("cannot be connected to ({error})")));
                }
                Err(_) => return Err(self.failure(Category::Timeout, "did not take a connection within 1 s")),
            };
            exchange(stream, target)
                .await
                .map_err(|what| self.failure(Category::Service, what))
        };
        timeout(WHOLE_TIME, whole)
            .await
            .unwrap_or_else(|_| Err(self.failure(Category::Timeout, "did not answer within 5 s")))
    }

    fn failure(&self, category: Category, what: &str) -> Failure {
        let text = format!(
            "The node's metadata service at {} {what}. Fix: check that this pod may talk to it, or take the path out of \
             WISP_PASSTHROUGH.",
            self.address
        );
        let mut failure = Failure::new(Class::Transient, category, "temporarily_unavailable", text);
        failure.retry_after = Some(RETRY);
        failure
    }
}

/// Connects by a socket that is marked as one of wisp's own, for the redirect to let it through.
async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if address.is_ipv4() {
        // The codepoint has the upper six bits of the byte.
        socket.set_tos_v4(u32::from(PASSTHROUGH_DSCP) << 2)?;
    }
    socket.connect(address).await
}

async fn exchange(stream: TcpStream, target: PathAndQuery) -> Result<Answer, &'static str> {
    const BROKEN: &str = "broke the connection off or sent something that is not HTTP";
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| BROKEN)?;
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.uri_mut() = target.into();
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_static("169.254.169.254"));
    headers.insert(METADATA, HeaderValue::from_static("true"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wisp/", env!("CARGO_PKG_VERSION"))));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(IS_PASSED_ON, HeaderValue::from_static("1"));
    let mut answered = pin!(async {
        let response = sender.send_request(request).await.map_err(|_| BROKEN)?;
        let (mut head, body) = response.into_parts();
        // A switch of protocols was not asked for.
        if head.status.is_informational() {
            return Err(BROKEN);
        }
        let body = body::whole(body, MAX_BODY)
            .await
            .map_err(|_| "sent more than 256 KiB, or not all of its answer")?;
        Ok(Answer {
            status: head.status,
            content_type: head.headers.remove(CONTENT_TYPE),
            retry_after: head.headers.remove(RETRY_AFTER),
            body: body.into(),
        })
    });
    let mut connection = pin!(connection);
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            answer = answered.as_mut() => return answer,
            // How it ended shows in the answer.
            _ = connection.as_mut(), if is_open => is_open = false,
        }
    }
}
