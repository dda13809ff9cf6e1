//! Somebody who answers every HTTP request with the same words, and remembers what was asked.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::kit::namespace::Namespace;

const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Stub<'a> {
    namespace: &'a Namespace,
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    heads: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl<'a> Stub<'a> {
    /// One that listens on `address` in `namespace` and answers `words`.
    pub(super) fn start(namespace: &'a Namespace, address: &str, words: &'static str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let listener = namespace.inside(|| TcpListener::bind(address)).unwrap();
        let (is_over, heads) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (over, said) = (Arc::clone(&is_over), Arc::clone(&heads));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                if let Some(head) = stream.ok().and_then(|stream| answer(stream, words)) {
                    said.lock().unwrap().push(head);
                }
            }
        });
        Self { namespace, address, is_over, heads, thread: Some(thread) }
    }

    /// The heads of the requests up to now.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Stub<'_> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        // Wakes it up.
        let woken = self
            .namespace
            .inside(|| TcpStream::connect_timeout(&address, PATIENCE));
        if woken.is_ok() {
            let _ = self.thread.take().map(JoinHandle::join);
        }
    }
}

fn answer(mut stream: TcpStream, words: &str) -> Option<String> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.extend(byte);
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{words}",
        words.len()
    );
    stream.write_all(answer.as_bytes()).ok()?;
    Some(String::from_utf8_lossy(&head).into_owned())
}
