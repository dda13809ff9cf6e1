//! `wisp probe`: an exec probe for an image that has no shell and no curl.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use super::{
    exit::{Exit, Outcome},
    serve::read_file,
};
use crate::settings::{Env, Flags, Sources};

/// The longest time for each step: connecting, sending, and each read. Kubernetes gives an exec probe one second.
const STEP_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest answer read, in bytes.
const MAX_ANSWER: u64 = 4096;

/// The questions and the paths of the admin listener that answer them. A process that answers has started.
pub const QUESTIONS: [(&str, &str); 3] = [("started", "/livez"), ("ready", "/readyz"), ("live", "/livez")];

/// The arguments of `wisp probe`.
pub struct Probe {
    /// The path to ask for.
    pub path: &'static str,
    /// Where to ask; none means where the settings say.
    pub admin: Option<SocketAddr>,
    /// The settings among the arguments.
    pub flags: Flags,
}

/// Runs the command.
pub fn run(arguments: Probe, env: Env) -> Outcome {
    let Probe { path, admin, flags } = arguments;
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
    match ask(address, path) {
        Ok(()) => Outcome::success(""),
        Err(reason) => Outcome::errors(Exit::Failure, [reason]),
    }
}

fn ask(address: SocketAddr, path: &str) -> Result<(), String> {
    let mut reason = String::new();
    for address in reachable(address) {
        match exchange(address, path) {
            Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => return Ok(()),
            Ok(answer) => return Err(format!("http://{address}{path} answers {}", summary(&answer))),
            Err(error) => reason = format!("http://{address}{path} does not answer: {error}"),
        }
    }
    Err(reason)
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

fn exchange(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, STEP_TIMEOUT)?;
    stream.set_read_timeout(Some(STEP_TIMEOUT))?;
    stream.set_write_timeout(Some(STEP_TIMEOUT))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
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
        io::{Read, Write},
        net::{SocketAddr, TcpListener},
        thread,
    };

    use super::{Probe, reachable, run};
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
        Probe { path: "/readyz", admin: Some(admin), flags: Vec::new() }
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
        insta::assert_snapshot!(shown, @r#"error: http://ADDR/readyz answers 503 Service Unavailable {"pending":["prefetch"]}"#);
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
    fn the_settings_say_where_to_ask() {
        let address = admin("HTTP/1.1 200 OK\r\n\r\n");
        let env = Env::from_iter([("WISP_ADMIN_LISTEN", format!("0.0.0.0:{}", address.port()))]);
        let unset = || Probe { path: "/readyz", admin: None, flags: Vec::new() };
        assert_eq!(run(unset(), env).exit, Exit::Success);
        let env = Env::from_iter([("WISP_ADMIN_LISTEN", "off")]);
        insta::assert_snapshot!(run(unset(), env).messages, @"error: there is nobody to ask: `admin_listen` is `off` (WISP_ADMIN_LISTEN)");
        let env = Env::from_iter([(keys::ADMIN_LISTEN.variable(), "here")]);
        insta::assert_snapshot!(run(unset(), env).messages, @"error: `admin_listen` cannot be `here` (from environment WISP_ADMIN_LISTEN): expected one address with port, such as [::]:4255, or `off`");
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
