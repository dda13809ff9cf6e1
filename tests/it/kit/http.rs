//! As much of HTTP/1.1 as tests need, byte for byte.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// Its first line.
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// No answer takes longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

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

/// Asks for `target` over a connection that ends with the answer, with these lines as further headers.
pub(crate) async fn get(to: SocketAddr, target: &str, headers: &str) -> Message {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{headers}\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        bytes
    };
    let bytes = timeout(PATIENCE, exchange).await.unwrap();
    match read(&bytes, false) {
        Some((answer, length)) if length == bytes.len() => answer,
        _ => panic!("not one answer: {:?}", String::from_utf8_lossy(&bytes)),
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
