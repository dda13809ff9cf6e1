//! `wisp probe`: an exec probe for an image that has no shell and no curl.
//!
//! It asks at a socket of its own, which nobody outside the container can fill, and at the admin listener where that socket
//! does not answer.

#[cfg(target_os = "linux")]
mod own_socket;

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    exit::{Exit, Outcome},
    serve::read_file,
};
use crate::settings::{Env, Flags, Sources, show_duration};

/// The longest time for everything. Kubernetes gives an exec probe one second and then kills it, so what keeps the answer
/// must be said before that.
const BUDGET: Duration = Duration::from_millis(900);

/// The time between two questions of one who waits: about what a start takes, and little to wait for.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest time to wait.
pub const MAX_WAIT: Duration = Duration::from_secs(3600);

/// The longest answer read, in bytes.
const MAX_ANSWER: usize = 4096;

/// The questions and the paths of the admin listener that answer them. A process that answers has started.
pub const QUESTIONS: [(&str, &str); 3] = [("started", "/livez"), ("ready", "/readyz"), ("live", "/livez")];

/// The arguments of `wisp probe`.
pub struct Probe {
    /// The path to ask for.
    pub path: &'static str,
    /// Where to ask; none means where the settings say.
    pub admin: Option<SocketAddr>,
    /// How long to ask again while the answer is no.
    pub wait: Duration,
    /// The settings among the arguments.
    pub flags: Flags,
}

/// Runs the command.
pub fn run(arguments: Probe, env: Env) -> Outcome {
    let Probe { path, admin, wait, flags } = arguments;
    let address = match admin {
        Some(address) => address,
        None => match Sources::new(flags, env, Box::new(read_file)).admin_listen() {
            Ok(Some(address)) => address,
            Ok(None) => {
                let reason = "there is nobody to ask: `admin_listen` is `off` (WISP_ADMIN_LISTEN)";
                return Outcome::errors(Exit::Failure, [reason]);
            }
            Err(errors) => return Outcome::errors(Exit::Failure, errors.0),
        },
    };
    #[expect(clippy::disallowed_methods, reason = "this process has nothing else to do meanwhile")]
    let rest = std::thread::sleep;
    match patiently(wait, |deadline| ask(address, path, deadline), rest, Instant::now) {
        Ok(()) => Outcome::success(""),
        Err(reason) => Outcome::errors(Exit::Failure, [reason]),
    }
}

/// Asks until the answer is yes, or once `wait` is over. The question is given its deadline.
fn patiently(
    wait: Duration,
    mut ask: impl FnMut(Instant) -> Result<(), String>,
    mut rest: impl FnMut(Duration),
    now: impl Fn() -> Instant,
) -> Result<(), String> {
    let end = now() + wait;
    loop {
        let reason = match ask(now() + BUDGET) {
            Ok(()) => return Ok(()),
            Err(reason) if wait.is_zero() => return Err(reason),
            Err(reason) => reason,
        };
        if now() + PAUSE > end {
            return Err(format!("given up after {}: {reason}", show_duration(wait)));
        }
        rest(PAUSE);
    }
}

fn ask(address: SocketAddr, path: &str, deadline: Instant) -> Result<(), String> {
    let (who, answer) = match ask_own_socket(address, path, deadline) {
        Ok(answer) => ("the socket for probes".to_owned(), answer),
        Err(error) => ask_listener(address, path, deadline).map_err(|reason| match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("{reason}; there is no socket for probes"),
            _ => format!("{reason}; nor does the socket for probes: {error}"),
        })?,
    };
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(format!("{who} answers {path} with {}", summary(&answer)))
}

/// What the socket for probes says.
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
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was closed without an answer"));
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
    use std::{
        cell::Cell,
        io::{Read, Write},
        net::{SocketAddr, TcpListener},
        thread,
        time::Duration,
    };

    use tokio::time::Instant;

    use super::{Probe, patiently, reachable, run};
    use crate::{
        cli::exit::Exit,
        settings::{Env, keys},
    };

    /// Answers one connection with `answer`.
    fn admin(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:"));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    fn probe(admin: SocketAddr) -> Probe {
        Probe { path: "/readyz", admin: Some(admin), wait: Duration::ZERO, flags: Vec::new() }
    }

    #[test]
    fn ready_is_success() {
        let address = admin("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!(run(probe(address), Env::default()).exit, Exit::Success);
    }

    #[test]
    fn not_ready_is_failure_and_says_why() {
        let address = admin("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"pending\":[\"prefetch\"]}\n");
        let outcome = run(probe(address), Env::default());
        assert_eq!(outcome.exit, Exit::Failure);
        let shown = outcome.messages.replace(&address.to_string(), "ADDR");
        insta::assert_snapshot!(shown, @r#"error: http://ADDR answers /readyz with 503 Service Unavailable {"pending":["prefetch"]}"#);
    }

    #[test]
    fn nonsense_is_failure() {
        let outcome = run(probe(admin("SSH-2.0-x\r\n")), Env::default());
        assert_eq!(outcome.exit, Exit::Failure);
        assert!(outcome.messages.contains("not HTTP"), "{}", outcome.messages);
    }

    #[test]
    fn silence_is_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let outcome = run(probe(address), Env::default());
        assert_eq!(outcome.exit, Exit::Failure);
        assert!(outcome.messages.contains("does not answer"), "{}", outcome.messages);
    }

    #[test]
    fn it_says_why_before_it_is_killed() {
        const KILLED: Duration = Duration::from_secs(1);
        const PAUSE: Duration = Duration::from_millis(100);
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let trickling = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [&silent, &trickling].map(|listener| listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = trickling.accept().unwrap();
            stream.set_read_timeout(Some(PAUSE)).unwrap();
            // Each read but the first waits for the pause, because nothing more is sent.
            while stream.write_all(b"H").is_ok() {
                let _ = stream.read(&mut [0; 512]);
            }
        });
        for address in addresses {
            let started = Instant::now();
            let outcome = run(probe(address), Env::default());
            let took = started.elapsed();
            assert!(outcome.exit == Exit::Failure && took < KILLED, "{outcome:?} after {took:?}");
            assert_eq!(
                outcome.messages,
                format!(
                    "error: http://{address}/readyz: no answer within 0.9 s; there is no socket for probes\n"
                )
            );
        }
    }

    #[test]
    fn the_settings_say_where_to_ask() {
        let address = admin("HTTP/1.1 200 OK\r\n\r\n");
        let env = Env::from_iter([("WISP_ADMIN_LISTEN", format!("0.0.0.0:{}", address.port()))]);
        let unset = || Probe { path: "/readyz", admin: None, wait: Duration::ZERO, flags: Vec::new() };
        assert_eq!(run(unset(), env).exit, Exit::Success);
        let env = Env::from_iter([("WISP_ADMIN_LISTEN", "off")]);
        insta::assert_snapshot!(run(unset(), env).messages, @"error: there is nobody to ask: `admin_listen` is `off` (WISP_ADMIN_LISTEN)");
        let env = Env::from_iter([(keys::ADMIN_LISTEN.variable(), "here")]);
        insta::assert_snapshot!(run(unset(), env).messages, @"error: `admin_listen` cannot be `here` (from environment WISP_ADMIN_LISTEN): expected one address with port, such as [::]:4255, or `off`");
    }

    /// Asks a wisp that starts after `starts` and takes `slowly` for each answer; the result, how often it was asked, and
    /// when that was over.
    fn waited(wait: Duration, starts: Duration, slowly: Duration) -> (Result<(), String>, u32, Duration) {
        let start = Instant::now();
        let (clock, asked) = (Cell::new(start), Cell::new(0));
        let pass = |time: Duration| clock.set(clock.get() + time);
        let ask = |_| {
            asked.set(asked.get() + 1);
            pass(slowly);
            if clock.get() - start >= starts { Ok(()) } else { Err("nobody is there".to_owned()) }
        };
        let result = patiently(wait, ask, pass, || clock.get());
        (result, asked.get(), clock.get() - start)
    }

    #[test]
    fn one_who_waits_asks_again() {
        let (none, second, minute) = (Duration::ZERO, Duration::from_secs(1), Duration::from_secs(60));
        assert_eq!(waited(none, none, none), (Ok(()), 1, none));
        assert_eq!(waited(none, second, none), (Err("nobody is there".into()), 1, none));
        assert_eq!(waited(minute, second, none), (Ok(()), 11, second));
        let (result, asked, took) = waited(minute, 2 * minute, none);
        insta::assert_snapshot!(result.unwrap_err(), @"given up after 1m: nobody is there");
        assert!(asked == 601 && took == minute, "{asked} times in {took:?}");
        let (_, asked, took) = waited(second, minute, Duration::from_millis(900));
        assert!(asked == 2 && took < 2 * second, "{asked} times in {took:?}");
    }

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
