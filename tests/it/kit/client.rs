//! A client of HTTP/1.1 that waits for what it asked, on the calling thread.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use super::http::{Message, read};

/// No answer takes longer: the longest budget of a case is well below.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long to look whether the other side closes the connection.
const CLOSING: Duration = Duration::from_millis(300);

/// A connection of an application.
pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        Ok(Self::on(stream))
    }

    /// One over a connection that is there already.
    pub(crate) fn on(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Ends the sending side.
    pub(crate) fn half_close(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    pub(crate) fn answer(&mut self, without_body: bool) -> io::Result<Message> {
        self.stream.set_read_timeout(Some(PATIENCE))?;
        loop {
            if let Some((message, length)) = read(&self.unread, without_body) {
                self.unread.drain(..length);
                return Ok(message);
            }
            if self.more()? == 0 {
                let left = String::from_utf8_lossy(&self.unread).into_owned();
                return Err(io::Error::other(format!("the connection ended; unread: {left:?}")));
            }
        }
    }

    /// Whether the other side has closed the connection. What else comes instead is an error.
    pub(crate) fn is_closed(&mut self) -> io::Result<bool> {
        self.stream.set_read_timeout(Some(CLOSING))?;
        match self.more() {
            Ok(0) => Ok(true),
            Ok(_) => Err(io::Error::other(format!("more came: {:?}", String::from_utf8_lossy(&self.unread)))),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(true),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn more(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 4096];
        loop {
            match self.stream.read(&mut bytes) {
                // A child of another case ended.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(count) => {
                    self.unread.extend_from_slice(&bytes[..count]);
                    return Ok(count);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
