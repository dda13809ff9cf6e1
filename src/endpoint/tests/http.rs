//! Requests and answers as they stand on the wire.

use std::io;

use tokio::{io::AsyncReadExt as _, net::TcpStream};

/// The header of every request that may be answered with a token.
pub(super) const GOOD: &[(&str, &str)] = &[("Metadata", "true")];

pub(super) fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers
        .iter()
        .flat_map(|(name, value)| [name, ": ", value, "\r\n"])
        .collect();
    format!("{method} {target} HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n{headers}\r\n")
}

/// The IMDS path with a valid version and `rest` of the query.
pub(super) fn target(rest: &str) -> String {
    format!("/metadata/identity/oauth2/token?api-version=2018-02-01&{rest}")
}

pub(super) async fn to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}"),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Reads one answer from a connection that stays open.
pub(super) async fn one_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length")
                .unwrap()
                .parse::<usize>()
                .unwrap();
            if body.len() >= length {
                assert_eq!(body.len(), length);
                return text;
            }
        }
        let mut bytes = vec![0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
}

pub(super) fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .map(str::trim_end)
}

/// Takes out what differs from run to run, and shows line ends plainly.
pub(super) fn plain(answer: &str) -> String {
    answer
        .lines()
        .filter(|line| !line.starts_with("date: ") && !line.starts_with("connection: "))
        .map(|line| line.replace(env!("CARGO_PKG_VERSION"), "VERSION") + "\n")
        .collect()
}
