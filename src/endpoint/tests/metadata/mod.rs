//! Metadata that is not about identities, against a recorder that plays the node's service.

mod disguised;
mod passed_on;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{Served, one, plain, request};
use crate::endpoint::{Metadata, metadata::Node};

const METADATA: (&str, &str) = ("Metadata", "true");
const INSTANCE: &str = "/metadata/instance?api-version=2021-02-01";

/// Answers every request with the same bytes, and keeps what arrived.
struct Recorder {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (heads, bytes) = (Arc::new(Mutex::new(Vec::new())), bytes.into());
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, bytes) = (Arc::clone(&kept), bytes.clone());
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    kept.lock().unwrap().push(String::from_utf8(head).unwrap());
                    let _ = stream.write_all(&bytes).await;
                });
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

const FOUND: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nServer: IMDS/150\r\n\
                     Connection: close\r\nSet-Cookie: a=b\r\nContent-Length: 14\r\n\r\n{\"compute\":{}}";

fn passing_on(paths: &[&str], address: SocketAddr) -> Served {
    let server = one();
    let paths = paths.iter().map(|path| path.parse().unwrap()).collect();
    server
        .setting
        .endpoint
        .set_metadata(Metadata::new(None, paths, Node::at(address)));
    server
}

async fn get(server: &Served, target: &str, headers: &[(&str, &str)]) -> String {
    plain(&server.raw(request("GET", target, headers)).await)
}
