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
use crate::endpoint::{Document, Metadata, metadata::Node};

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

#[tokio::test]
async fn a_document_of_the_configuration() {
    let server = one();
    let document = Document::parse(r#"{"compute":{"location":"westeurope"}}"#).unwrap();
    let recorder = Recorder::answering(FOUND).await;
    let paths = vec!["/metadata/instance".parse().unwrap()];
    let metadata = Metadata::new(Some(document), paths, Node::at(recorder.address));
    server.setting.endpoint.set_metadata(metadata);
    insta::assert_snapshot!(get(&server, INSTANCE, &[METADATA]).await, @r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 37

{"compute":{"location":"westeurope"}}
"#);
    let location = "/metadata/instance/compute/location?format=text&api-version=2021-02-01";
    insta::assert_snapshot!(get(&server, location, &[METADATA]).await, @r#"
HTTP/1.1 200 OK
content-type: text/plain; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000002
content-length: 10

westeurope
"#);
    for (target, headers, status) in [
        (INSTANCE, &[][..], "400"),
        ("/metadata/instance", &[METADATA], "400"),
        ("/metadata/instance?api-version=x", &[METADATA], "400"),
        ("/metadata/instance/network?api-version=2021-02-01", &[METADATA], "403"),
    ] {
        let answer = get(&server, target, headers).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    // The document comes before the node.
    assert_eq!(recorder.heads(), Vec::<String>::new());
    server
        .setting
        .endpoint
        .set_metadata(Metadata::new(None, Vec::new(), Node::default()));
    assert!(
        get(&server, INSTANCE, &[METADATA])
            .await
            .starts_with("HTTP/1.1 403 ")
    );
}
