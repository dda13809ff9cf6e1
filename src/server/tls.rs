//! HTTP over TLS.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::acceptor::Acceptor;

impl Acceptor for TlsAcceptor {
    type Stream = TlsStream<TcpStream>;

    async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        Self::accept(self, stream).await
    }

    fn socket(stream: &TlsStream<TcpStream>) -> &TcpStream {
        stream.get_ref().0
    }
}

#[cfg(test)]
mod tests;
