//! What stands between a socket and HTTP: nothing, or TLS.

use std::{future::Future, io};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// Makes of a new connection what HTTP is spoken over.
pub(crate) trait Acceptor: Send + Sync + 'static {
    /// What HTTP is spoken over.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Shakes hands. It is given up once the connection counts as idle, or makes way for another one.
    fn accept(&self, stream: TcpStream) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// The socket below.
    fn socket(stream: &Self::Stream) -> &TcpStream;
}

/// HTTP over the socket itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain;

impl Acceptor for Plain {
    type Stream = TcpStream;

    async fn accept(&self, stream: TcpStream) -> io::Result<TcpStream> {
        Ok(stream)
    }

    fn socket(stream: &TcpStream) -> &TcpStream {
        stream
    }
}
