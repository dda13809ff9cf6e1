//! One probe of a running wisp, over HTTP.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use tokio::time::Instant;

#[cfg(target_os = "linux")]
use super::own_socket;

/// The longest time for everything. Kubernetes gives an exec probe one second and then kills it, so what keeps the answer
/// must be said before that.
pub(super) const BUDGET: Duration = Duration::from_millis(900);

/// The longest answer read, in bytes.
const MAX_ANSWER: usize = 4096;

/// Asks for `path` until `deadline`. The error is why the answer is not yes.
pub(super) fn ask(address: SocketAddr, path: &str, deadline: Instant) -> Result<(), String> {
    let (answered_by, answer) = match ask_own_socket(address, path, deadline) {
        Ok(answer) => ("the socket for probes".to_owned(), answer),
        Err(error) => ask_listener(address, path, deadline).map_err(|reason| match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("{reason}; there is no socket for probes"),
            _ => format!("{reason}; nor does the socket for probes: {error}"),
        })?,
    };
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(format!("{answered_by} answers {path} with {}", summary(&answer)))
}

/// What the socket for probes answers.
#[cfg(target_os = "linux")]
fn ask_own_socket(address: SocketAddr, path: &str, deadline: Instant) -> io::Result<String> {
    // The listener has its time too.
    let deadline = deadline - remaining(deadline)? / 3;
    let stream = own_socket::open(address, remaining(deadline)?)?;
    exchange(stream, address, path, deadline)
}

#[cfg(not(target_os = "linux"))]
fn ask_own_socket(_: SocketAddr, _: &str, _: Instant) -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Asks the admin listener at each of its addresses. Which one answers, and what.
fn ask_listener(address: SocketAddr, path: &str, deadline: Instant) -> Result<(String, String), String> {
    let mut reason = String::new();
    let addresses: Vec<_> = reachable(address).collect();
    let mut left = u32::try_from(addresses.len()).unwrap_or(1);
    for address in addresses {
        let answer =
            connect(address, deadline, left).and_then(|stream| exchange(stream, address, path, deadline));
        match answer {
            Ok(answer) => return Ok((format!("http://{address}"), answer)),
            Err(error) if timed_out(&error) => {
                reason = format!("http://{address}{path}: no answer within {} s", BUDGET.as_secs_f64());
            }
            Err(error) => reason = format!("http://{address}{path} does not answer: {error}"),
        }
        left -= 1;
    }
    Err(reason)
}

/// A socket's own time-out shows as `WouldBlock`.
fn timed_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// The addresses under which a listener on `address` can be reached from the same pod, in the order to try.
fn reachable(address: SocketAddr) -> impl Iterator<Item = SocketAddr> {
    let (first, second): (IpAddr, Option<IpAddr>) = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST.into(), None),
        // Where IPv6 is off the listener is on 0.0.0.0 instead.
        IpAddr::V6(ip) if ip.is_unspecified() => {
            (Ipv6Addr::LOCALHOST.into(), Some(Ipv4Addr::LOCALHOST.into()))
        }
        ip => (ip, None),
    };
    [Some(first), second]
        .into_iter()
        .flatten()
        .map(move |ip| SocketAddr::new(ip, address.port()))
}

/// A stream whose calls end after a while.
trait Timed: Read + Write {
    /// No reading and no writing takes longer than this.
    fn limit(&self, at_most: Duration) -> io::Result<()>;
}

impl Timed for TcpStream {
    fn limit(&self, at_most: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(at_most))?;
        self.set_write_timeout(Some(at_most))
    }
}

#[cfg(target_os = "linux")]
impl Timed for std::os::unix::net::UnixStream {
    fn limit(&self, at_most: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(at_most))?;
        self.set_write_timeout(Some(at_most))
    }
}

/// Connects to `address`, the first of `addresses` that are still to be asked before `deadline`.
fn connect(address: SocketAddr, deadline: Instant, addresses: u32) -> io::Result<TcpStream> {
    let share = remaining(deadline)? / addresses.max(1);
    TcpStream::connect_timeout(&address, share)
}

fn exchange(mut stream: impl Timed, host: SocketAddr, path: &str, deadline: Instant) -> io::Result<String> {
    stream.limit(remaining(deadline)?)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut chunk = [0; 512];
    while answer.len() < MAX_ANSWER {
        // A time-out on the socket is for one read; many small ones must not add up.
        stream.limit(remaining(deadline)?)?;
        match stream.read(&mut chunk)? {
            0 => break,
            read => answer.extend(chunk.iter().take(read)),
        }
    }
    if answer.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the connection was closed without an answer",
        ));
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn remaining(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    // A socket takes zero for "no limit" and refuses it.
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Status and body of an answer on one line.
fn summary(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "));
    let body: String = body
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("{} {}", status.unwrap_or("something that is not HTTP"), body.trim())
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn unspecified_addresses_mean_loopback() {
        let tried = |text: &str| {
            reachable(text.parse().unwrap())
                .map(|a| a.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(tried("[::]:1"), ["[::1]:1", "127.0.0.1:1"]);
        assert_eq!(tried("0.0.0.0:1"), ["127.0.0.1:1"]);
        assert_eq!(tried("10.0.0.1:1"), ["10.0.0.1:1"]);
    }
}
