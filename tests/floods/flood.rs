//! The floods, each as fast as one thread makes it or as it says.

use std::{
    collections::VecDeque,
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use rustix::net::sockopt::set_socket_linger;

const TOKENS: u16 = 4254;
const ADMIN: u16 = 4255;

/// A kind of flood.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flood {
    /// `GET /metrics`, each reset before it is answered.
    Scrapes,
    /// Connections on which nothing is sent.
    Connections { port: u16 },
    /// Connections with half a request.
    Slow,
    /// Forms that come byte by byte.
    Drips,
    /// Forms of which one byte comes.
    Forms,
    /// Questions that only Entra can answer.
    Waiters,
    /// A new resource with each question.
    Resources,
    /// Questions without the header `Metadata`.
    Refusals,
    /// Questions by the hundred on connections that nobody reads from.
    Unread,
}

impl Flood {
    /// When the flood has become what it stays. Of new resources, `WISP_NEW_KEYS_BURST` reach Entra at first; that takes more
    /// of a tenth of a processor than there is, for some tenths of a second.
    pub(super) fn settles_after(self) -> Duration {
        match self {
            Self::Resources => Duration::from_secs(1),
            _ => Duration::ZERO,
        }
    }

    /// Floods for so long.
    pub(super) fn run(self, long: Duration) {
        let end = Instant::now() + long;
        match self {
            Self::Scrapes => turn_over(ADMIN, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 1000, 60, end),
            Self::Connections { port } => {
                turn_over(port, "", if port == ADMIN { 1000 } else { 300 }, 500, end);
            }
            Self::Slow => turn_over(TOKENS, "GET /metadata/identity HTTP/1.1\r\nHo", 300, 2000, end),
            Self::Drips => drip(end),
            Self::Forms => turn_over(TOKENS, &form(100, "r"), 300, 300, end),
            Self::Waiters => keep_asking(|n| token(&format!("api://hangs/{}", n % 4)), 300, end),
            Self::Resources => keep_asking(|n| token(&format!("api://{n}")), 4, end),
            Self::Refusals => keep_asking(|_| token("x").replace("Metadata: true\r\n", ""), 4, end),
            Self::Unread => turn_over(TOKENS, &token("https://vault.azure.net").repeat(100), 20, 200, end),
        }
    }
}

/// A question for a token.
pub(super) fn token(resource: &str) -> String {
    format!(
        "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource} HTTP/1.1\r\nHost: localhost\r\n\
         Metadata: true\r\n\r\n"
    )
}

fn form(length: usize, begin: &str) -> String {
    format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nMetadata: true\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{begin}"
    )
}

/// So many connections in a second at most, on each of which `text` is sent; so many stay, and the oldest is reset.
fn turn_over(port: u16, text: &str, rate: u32, kept: usize, end: Instant) {
    let mut open = VecDeque::new();
    while Instant::now() < end {
        thread::sleep(Duration::from_secs(1) / rate);
        // What is not accepted in time is no flood.
        let Ok(stream) =
            TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_millis(100))
        else {
            continue;
        };
        stream.set_nonblocking(true).unwrap();
        let _ = (&stream).write(text.as_bytes());
        let _ = set_socket_linger(&stream, Some(Duration::ZERO));
        open.push_back(stream);
        if open.len() > kept {
            open.pop_front();
        }
    }
}

/// Twenty forms, each a byte at a time.
fn drip(end: Instant) {
    let open = || {
        let stream = TcpStream::connect(("127.0.0.1", TOKENS)).unwrap();
        stream.set_nodelay(true).unwrap();
        let _ = (&stream).write_all(form(8192, "").as_bytes());
        stream.set_nonblocking(true).unwrap();
        stream
    };
    let mut streams: Vec<_> = (0..20).map(|_| open()).collect();
    while Instant::now() < end {
        for stream in &mut streams {
            match stream.write(b"a") {
                Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => *stream = open(),
                _ => {}
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// So many connections, each of which asks again when it is answered; 400 questions in a second at most.
fn keep_asking(request: impl Fn(usize) -> String, connections: usize, end: Instant) {
    let open = || {
        let stream =
            TcpStream::connect_timeout(&([127, 0, 0, 1], TOKENS).into(), Duration::from_millis(100)).ok()?;
        stream.set_nonblocking(true).unwrap();
        Some(stream)
    };
    let mut streams: Vec<(Option<TcpStream>, bool)> = (0..connections).map(|_| (None, false)).collect();
    let mut asked = 0;
    let start = Instant::now();
    while Instant::now() < end {
        for (stream, waits) in &mut streams {
            let Some(open) = stream.as_mut() else {
                (*stream, *waits) = (open(), false);
                continue;
            };
            if *waits {
                match open.read(&mut [0; 16 * 1024]) {
                    Ok(0) => *stream = None,
                    Ok(_) => *waits = false,
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(_) => *stream = None,
                }
            } else if asked < start.elapsed().as_millis() as usize * 2 / 5 {
                asked += 1;
                *waits = open.write_all(request(asked).as_bytes()).is_ok();
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}
