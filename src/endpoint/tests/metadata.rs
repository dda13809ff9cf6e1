//! Metadata that is not about identities, against a recorder that plays the node's service.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{LIMITS, Log, Served, header, one, plain, request, to_end};
use crate::endpoint::{
    Document, Metadata,
    metadata::{IS_PASSED_ON, Node},
};

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
async fn a_listed_path_is_passed_on_and_nothing_else_with_it() {
    let recorder = Recorder::answering(FOUND).await;
    let server = passing_on(&["/metadata/instance"], recorder.address);
    let headers = [
        METADATA,
        ("Authorization", "Bearer secret"),
        ("Cookie", "a=b"),
        ("Proxy-Authorization", "secret"),
        ("X-Custom", "x"),
        ("TE", "trailers"),
    ];
    insta::assert_snapshot!(get(&server, INSTANCE, &headers).await, @r#"
HTTP/1.1 200 OK
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
content-length: 14

{"compute":{}}
"#);
    let head = recorder
        .heads()
        .pop()
        .unwrap()
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
        .replace('\r', "");
    insta::assert_snapshot!(head, @r#"
GET /metadata/instance?api-version=2021-02-01 HTTP/1.1
host: 169.254.169.254
metadata: true
user-agent: wisp/VERSION
connection: close
x-wisp-passed-on: 1
"#);
    for (asked, sent) in [
        (
            "//Metadata/Instance//compute/osDisk/?api-version=x&format=text",
            "/Metadata/Instance/compute/osDisk?api-version=x&format=text",
        ),
        ("http://169.254.169.254/metadata/instance", "/metadata/instance"),
    ] {
        assert!(
            get(&server, asked, &[METADATA])
                .await
                .starts_with("HTTP/1.1 200 OK\n"),
            "{asked}"
        );
        let line = recorder.heads().pop().unwrap();
        assert_eq!(line.lines().next().unwrap(), format!("GET {sent} HTTP/1.1"));
    }
}

#[tokio::test]
async fn what_the_node_says_is_said_again() {
    let text = "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nRetry-After: 3\r\nLocation: http://x/\r\n\
                Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let recorder = Recorder::answering(text).await;
    let server = passing_on(&["/metadata/instance"], recorder.address);
    insta::assert_snapshot!(get(&server, INSTANCE, &[METADATA]).await, @r#"
HTTP/1.1 429 Too Many Requests
content-type: text/plain
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
retry-after: 3
content-length: 3

abc
"#);
}

#[tokio::test]
async fn nothing_is_passed_on_that_was_not_asked_for() {
    let recorder = Recorder::answering(FOUND).await;
    let none = one();
    for target in [INSTANCE, "/metadata/versions"] {
        assert!(
            get(&none, target, &[METADATA])
                .await
                .starts_with("HTTP/1.1 404 "),
            "{target}"
        );
    }
    let server = passing_on(&["/metadata/instance/compute"], recorder.address);
    let compute = "/metadata/instance/compute?api-version=2021-02-01";
    for target in [
        INSTANCE,
        "/metadata/instance/computer",
        "/metadata/attested/document",
        "/metadata/identity/info",
        "/latest/meta-data",
    ] {
        assert!(
            get(&server, target, &[METADATA])
                .await
                .starts_with("HTTP/1.1 404 "),
            "{target}"
        );
    }
    for headers in [&[][..], &[("Metadata", "True")], &[METADATA, ("X-Forwarded-For", "10.0.0.1")]] {
        let answer = get(&server, compute, headers).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{headers:?}: {answer}");
    }
    for method in ["POST", "PUT", "HEAD", "DELETE"] {
        let answer = server.raw(request(method, compute, &[METADATA])).await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method}: {answer}");
        assert_eq!(header(&answer, "allow"), Some("GET"));
    }
    let elsewhere = get(&server, &format!("http://example.com{compute}"), &[METADATA]).await;
    assert!(elsewhere.starts_with("HTTP/1.1 400 "), "{elsewhere}");
    assert!(
        get(&server, &format!("{compute}&x={}", "x".repeat(9000)), &[METADATA])
            .await
            .starts_with("HTTP/1.1 414 ")
    );
    assert_eq!(recorder.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_request_that_comes_back_ends_here() {
    let log = Log::from(tracing::Level::INFO);
    let first = passing_on(&["/metadata/instance"], "127.0.0.1:1".parse().unwrap());
    let server = passing_on(&["/metadata/instance"], first.address);
    let answer = get(&server, INSTANCE, &[METADATA]).await;
    insta::assert_snapshot!(answer.lines().last().unwrap(), @r#"{"error":"invalid_request","error_description":"wisp reached itself instead of the node's metadata service. Fix: exempt its own traffic from the redirect of 169.254.169.254, or empty WISP_PASSTHROUGH."}"#);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(log.lines().len(), 2, "{:?}", log.lines());
    let forged = get(&server, INSTANCE, &[METADATA, (IS_PASSED_ON.as_str(), "")]).await;
    assert!(forged.starts_with("HTTP/1.1 400 "), "{forged}");
    assert!(
        server
            .setting
            .endpoint
            .metadata
            .read()
            .unwrap()
            .as_ref()
            .unwrap()
            .would_loop(&[first.address])
    );
}

#[tokio::test]
async fn a_node_that_does_not_answer_well() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let server = passing_on(&["/metadata/instance"], address);
    let refused = get(&server, INSTANCE, &[METADATA])
        .await
        .replace(&address.to_string(), "ADDRESS");
    insta::assert_snapshot!(refused, @r#"
HTTP/1.1 503 Service Unavailable
content-type: application/json; charset=utf-8
server: wisp/VERSION
x-ms-request-id: 00000000-0000-4000-8000-000000000001
retry-after: 5
content-length: 247

{"error":"temporarily_unavailable","error_description":"The node's metadata service at ADDRESS cannot be connected to (Connection refused (os error 111)). Fix: check that this pod may talk to it, or take the path out of WISP_PASSTHROUGH."}
"#);
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{}", "x".repeat(300_000));
    let switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    for bytes in [&large[..], switched, short, "SSH-2.0-x\r\n", ""] {
        let recorder = Recorder::answering(bytes).await;
        let server = passing_on(&["/metadata/instance"], recorder.address);
        let answer = get(&server, INSTANCE, &[METADATA]).await;
        let start = &bytes[..bytes.len().min(40)];
        assert!(answer.starts_with("HTTP/1.1 503 "), "{start:?}: {answer}");
        assert_eq!(header(&answer, "retry-after"), Some("5"));
        assert!(!answer.to_lowercase().contains("unreachable"), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_silent() {
    // Takes connections and never answers. Time goes on as soon as everyone waits.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let node = Node::at(silent.local_addr().unwrap());
    let before = tokio::time::Instant::now();
    let Err(failure) = node.get("/metadata/instance".parse().unwrap()).await else { panic!("an answer") };
    assert_eq!(before.elapsed().as_secs(), 5);
    assert!(failure.description.contains("did not answer within 5 s"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_node_at_the_end_is_told_to_come_back() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = passing_on(&["/metadata/instance"], silent.local_addr().unwrap());
    let mut stuck = server.connect().await;
    stuck
        .write_all(request("GET", INSTANCE, &[METADATA]).as_bytes())
        .await
        .unwrap();
    let (_asked, _) = silent.accept().await.unwrap();
    let started = tokio::time::Instant::now();
    server.stop.send(()).unwrap();
    let answer = to_end(&mut stuck).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("shutting down"), "{answer:?}");
    assert_eq!(header(&answer, "retry-after"), Some("1"));
    assert_eq!(server.task.await.unwrap(), 0);
    assert!(started.elapsed() < LIMITS.drain, "{:?}", started.elapsed());
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
        ("/metadata/instance/network?api-version=2021-02-01", &[METADATA], "404"),
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
            .starts_with("HTTP/1.1 404 ")
    );
}

/// What a careless server might make of a path: decoded again and again, slashes turned, parameters cut off, dots resolved.
fn carelessly_read(path: &str) -> String {
    let mut bytes = path.as_bytes().to_vec();
    for _ in 0..4 {
        let mut decoded = Vec::new();
        let mut i = 0;
        while i < bytes.len() {
            let pair = bytes
                .get(i + 1..i + 3)
                .and_then(|p| std::str::from_utf8(p).ok());
            match pair.and_then(|p| u8::from_str_radix(p, 16).ok()) {
                Some(byte) if bytes[i] == b'%' => {
                    decoded.push(byte);
                    i += 3;
                }
                _ => {
                    decoded.push(bytes[i]);
                    i += 1;
                }
            }
        }
        bytes = decoded;
    }
    let text = String::from_utf8_lossy(&bytes)
        .replace('\\', "/")
        .to_lowercase();
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment.split(';').next().unwrap_or_default().trim() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            plain => segments.push(plain),
        }
    }
    segments.join("/")
}

/// Paths to identities, and ways around to them, in every disguise.
fn disguised() -> impl Strategy<Value = String> {
    let path = prop_oneof![
        Just("/metadata/identity/oauth2/token".to_owned()),
        Just("/metadata/identity/info".to_owned()),
        Just("/metadata/instance/../identity/oauth2/token".to_owned()),
        Just("/metadata/instance/compute/../../identity/oauth2/token".to_owned()),
        Just("/metadata/instance/compute".to_owned()),
        Just("/metadata/versions".to_owned()),
        Just("/msi/token".to_owned()),
        Just("/metadata/instance/..%2fidentity%2foauth2%2ftoken".to_owned()),
        "/metadata/(instance|versions|attested)/[a-z./%;]{0,20}",
    ];
    let disguise = prop::collection::vec((any::<prop::sample::Index>(), 0..14usize), 0..5);
    let prefix =
        prop_oneof![4 => Just(""), 1 => Just("http://169.254.169.254"), 1 => Just("http://localhost:80")];
    let query = prop_oneof![
        Just(""),
        Just("?api-version=2018-02-01&resource=x"),
        Just("?/../identity/oauth2/token"),
        Just("?x=%2e%2e/identity"),
    ];
    (path, disguise, prefix, query).prop_map(|(mut path, disguises, prefix, query)| {
        for (at, kind) in disguises {
            let at = at.index(path.len());
            let (Some(before), Some(byte), Some(after)) =
                (path.get(..at), path.as_bytes().get(at), path.get(at + 1..))
            else {
                continue;
            };
            let same = char::from(*byte);
            let changed = match kind {
                0 => same.to_ascii_uppercase().to_string(),
                1 => format!("%{byte:02x}"),
                2 => format!("%25{byte:02X}"),
                3 => format!("%2525{byte:02x}"),
                4 if same == '/' => "\\".into(),
                5 if same == '/' => "//".into(),
                6 if same == '/' => "/./".into(),
                7 if same == '/' => "/x/../".into(),
                8 if same == '/' => ";a=b/".into(),
                9 if same == '/' => "%c0%af".into(),
                10 if same == '/' => "/%2e%2e/metadata/".into(),
                11 => format!("{same}."),
                12 => format!("{same}\u{130}"),
                _ => same.to_string(),
            };
            path = format!("{before}{changed}{after}");
        }
        format!("{prefix}{path}{query}")
    })
}

const ALL: [&str; 3] = ["/metadata/instance", "/metadata/versions", "/metadata/attested"];

#[test]
fn no_spelling_of_an_identity_path_reaches_the_node() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (recorder, server) = runtime.block_on(async {
        let recorder = Recorder::answering(FOUND).await;
        let server = passing_on(&ALL, recorder.address);
        (recorder, server)
    });
    let config = ProptestConfig { failure_persistence: None, cases: 3000, ..ProptestConfig::default() };
    let passed_on = std::cell::Cell::new(0);
    proptest!(config, |(target in disguised())| {
        recorder.heads.lock().unwrap().clear();
        runtime.block_on(server.raw(request("GET", &target, &[METADATA])));
        for head in recorder.heads() {
            let line = head.lines().next().unwrap_or_default();
            let sent = line.strip_prefix("GET ").and_then(|l| l.strip_suffix(" HTTP/1.1")).unwrap();
            let path = sent.split('?').next().unwrap();
            prop_assert!(path.starts_with('/') && !path.contains(['%', '\\', ';', '.']), "{target} became {line}");
            let read = carelessly_read(path);
            let is_listed = ALL.iter().any(|listed| {
                let listed = &listed[1..];
                read == listed || read.starts_with(&format!("{listed}/"))
            });
            prop_assert!(is_listed && !read.contains("identity"), "{target} became {line}");
            passed_on.set(passed_on.get() + 1);
        }
    });
    // The property says something only if paths that may pass do.
    assert!(passed_on.get() > 100, "{}", passed_on.get());
}
