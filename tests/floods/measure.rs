//! An application that asks for a token that is in the cache.

use std::{
    fmt,
    io::{self, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use rustix::process::setpriority_process;

use super::{flood::token, kit::namespace::Namespace};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The time between two questions.
const EVERY: Duration = Duration::from_millis(20);

/// How long answers took.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    took: Vec<Duration>,
    pub(super) failed: usize,
}

impl Latencies {
    /// Asks for so long, by a connection of its own each time and on one that is kept alive.
    pub(super) fn during(long: Duration) -> Self {
        // What else this machine has to do is not measured.
        setpriority_process(None, -15).unwrap();
        let end = Instant::now() + long;
        let mut asked = Self::default();
        let mut kept = None;
        while Instant::now() < end {
            thread::sleep(EVERY);
            for fresh in [true, false] {
                let started = Instant::now();
                let stream = if fresh { connect() } else { kept.take().map_or_else(connect, Ok) };
                match stream.and_then(ask) {
                    Ok(stream) => {
                        asked.took.push(started.elapsed());
                        kept = Some(stream).filter(|_| !fresh).or(kept);
                    }
                    // It made room for another; a client connects anew.
                    Err(_) if !fresh => {}
                    Err(_) => asked.failed += 1,
                }
            }
        }
        asked.took.sort_unstable();
        asked
    }

    fn of_thousand(&self, share: usize) -> Duration {
        let at = (self.took.len() * share / 1000).min(self.took.len() - 1);
        self.took[at]
    }

    pub(super) fn slowest_of_hundred(&self) -> Duration {
        self.of_thousand(990)
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |share| self.of_thousand(share).as_secs_f64() * 1000.0;
        write!(
            f,
            "{} answers, p50 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms, {} failed",
            self.took.len(),
            ms(500),
            ms(990),
            ms(1000),
            self.failed
        )
    }
}

/// Has the token come into the cache.
pub(super) fn ask_once(pod: &Namespace) {
    pod.inside(|| connect().and_then(ask).unwrap());
}

/// Asks on a connection that is kept alive until it is closed, as often as one of sixteen that ask 3,000 times a second.
/// Whether the last question that was sent on an open connection went without an answer.
pub(super) fn ask_until_the_end() -> io::Result<bool> {
    let mut stream = connect()?;
    loop {
        thread::sleep(Duration::from_micros(5_333));
        // A client looks whether its connection is still open.
        stream.set_nonblocking(true)?;
        let is_open =
            matches!(stream.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        stream.set_nonblocking(false)?;
        if !is_open {
            return Ok(false);
        }
        match ask(stream) {
            Ok(open) => stream = open,
            Err(_) => return Ok(true),
        }
    }
}

fn connect() -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&([127, 0, 0, 1], 4254).into(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn ask(mut stream: TcpStream) -> io::Result<TcpStream> {
    stream.write_all(token("https://vault.azure.net").as_bytes())?;
    let mut answer = Vec::new();
    // Bodies are one object, without braces in it.
    while !answer.ends_with(b"}") {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk)? {
            0 => break,
            read => answer.extend(&chunk[..read]),
        }
    }
    if answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"\"token_type\":\"Bearer\"}") {
        return Ok(stream);
    }
    Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()))
}
