//! One question over plain HTTP, as an application puts it, within a time.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use zeroize::Zeroizing;

/// The longest answer read, in bytes.
const MAX_ANSWER: u64 = 512 * 1024;

/// An answer. Its body may hold a token.
pub(super) struct Answer {
    /// The HTTP status; 0 where it is not HTTP.
    pub(super) status: u16,
    /// `Server`.
    pub(super) server: String,
    pub(super) body: Zeroizing<String>,
}

impl Answer {
    /// Whether wisp answered: it names itself.
    pub(super) fn is_wisp(&self) -> bool {
        self.server.starts_with("wisp/")
    }
}

/// Asks `address` for `target` with these header lines, each with its end.
pub(super) async fn ask(
    address: SocketAddr,
    target: &str,
    headers: &str,
    limit: Duration,
) -> io::Result<Answer> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {address}\r\n{headers}User-Agent: wisp-doctor\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Zeroizing::new(Vec::new());
        stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
        Ok(read(&answer))
    };
    timeout(limit, asked)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn read(answer: &[u8]) -> Answer {
    let text = Zeroizing::new(String::from_utf8_lossy(answer).into_owned());
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1)?.parse().ok())
        .unwrap_or_default();
    let server = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("server")
            .then(|| value.trim().to_owned())
    });
    Answer { status, server: server.unwrap_or_default(), body: Zeroizing::new(body.to_owned()) }
}

/// Where a listener on `address` is reached from its own pod, in the order to try.
pub(super) fn reachable(address: SocketAddr) -> Vec<SocketAddr> {
    let addresses: &[IpAddr] = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => &[IpAddr::V4(Ipv4Addr::LOCALHOST)],
        // Where IPv6 is off the listener is on 0.0.0.0 instead.
        IpAddr::V6(ip) if ip.is_unspecified() => {
            &[IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)]
        }
        _ => return vec![address],
    };
    addresses
        .iter()
        .map(|ip| SocketAddr::new(*ip, address.port()))
        .collect()
}

/// Why there is no answer, in the words of a person.
pub(super) fn silence(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "the connection is refused".into(),
        io::ErrorKind::TimedOut => "there is no answer in time".into(),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => "there is no route".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{reachable, read};

    #[test]
    fn answers_are_read() {
        let answer = read(b"HTTP/1.1 400 Bad Request\r\nServer: wisp/1.2.3\r\n\r\n{}");
        assert_eq!((answer.status, answer.is_wisp(), answer.body.as_str()), (400, true, "{}"));
        let answer = read(b"SSH-2.0-x\r\n");
        assert_eq!((answer.status, answer.is_wisp(), answer.body.as_str()), (0, false, ""));
    }

    #[test]
    fn unspecified_addresses_mean_loopback() {
        let tried = |text: &str| {
            let addresses = reachable(text.parse().unwrap());
            addresses
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(tried("[::]:1"), ["[::1]:1", "127.0.0.1:1"]);
        assert_eq!(tried("0.0.0.0:1"), ["127.0.0.1:1"]);
        assert_eq!(tried("10.0.0.1:1"), ["10.0.0.1:1"]);
    }
}
