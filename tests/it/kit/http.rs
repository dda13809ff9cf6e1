//! As much of HTTP/1.1 as both sides of a case need, byte for byte.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// Its first line.
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// No answer takes longer: the longest budget of a case is well below.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long to look whether the other side closes the connection.
const CLOSING: Duration = Duration::from_millis(300);

impl Message {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The target of a request.
    pub(crate) fn target(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }
}

/// The message at the beginning of `bytes` and its length, once it is there whole.
pub(crate) fn read(bytes: &[u8], without_body: bool) -> Option<(Message, usize)> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let first = lines.next()?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut message = Message { first, headers, body: String::new() };
    let length = match message.header("content-length") {
        Some(length) if !without_body => length.parse().ok()?,
        _ => 0,
    };
    let end = head + 4 + length;
    message.body = String::from_utf8_lossy(bytes.get(head + 4..end)?).into_owned();
    Some((message, end))
}

/// The next message on a connection, if one comes whole; `unread` is what has come of it already.
pub(crate) async fn next(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> Option<Message> {
    loop {
        if let Some((message, length)) = read(unread, false) {
            unread.drain(..length);
            return Some(message);
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer as it is sent.
pub(crate) fn response(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Vec<u8> {
    let (headers, length) = (lines(headers), body.len());
    format!("HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// Headers as they stand in a message.
pub(crate) fn lines(headers: &BTreeMap<String, String>) -> String {
    headers
        .iter()
        .fold(String::new(), |lines, (name, value)| lines + name + ": " + value + "\r\n")
}

/// The fields of a form.
pub(crate) fn form(body: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let url = reqwest::Url::parse(&format!("http://x/?v={text}")).ok()?;
        url.query_pairs()
            .next()
            .map(|(_, value)| value.into_owned())
    };
    body.split('&')
        .filter_map(|field| field.split_once('='))
        .filter_map(|(name, value)| Some((name.to_owned(), decoded(value)?)))
        .collect()
}

/// A connection of the application.
pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::new() })
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
