//! Somebody who answers every HTTP request with the same words, and remembers what was asked.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{
    http::{self, Message},
    namespace::Namespace,
    server::Server,
};

/// A server that is gone when this is dropped.
pub(crate) struct Stub {
    requests: Arc<Mutex<Vec<Message>>>,
    _server: Server,
}

impl Stub {
    /// One that listens on `address` in `namespace` and answers `words`.
    pub(crate) fn start(namespace: &Namespace, address: &str, words: &'static str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let listener = namespace.inside(|| TcpListener::bind(address)).unwrap();
        let requests = Arc::<Mutex<Vec<Message>>>::default();
        let asked = Arc::clone(&requests);
        let server = Server::on(listener, move |tcp| answer(tcp, words, Arc::clone(&asked)));
        Self { requests, _server: server }
    }

    /// The requests up to now.
    pub(crate) fn requests(&self) -> Vec<Message> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn answer(mut tcp: TcpStream, words: &str, asked: Arc<Mutex<Vec<Message>>>) {
    let Some(request) = http::next(&mut tcp, &mut Vec::new()).await else { return };
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request);
    let headers = [("content-type", "text/plain"), ("connection", "close")];
    let headers: BTreeMap<_, _> = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let _ = tcp.write_all(&http::response(200, &headers, words)).await;
}
