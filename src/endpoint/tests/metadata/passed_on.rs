//! What is passed on to the node, and what its answers become.

use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use super::{
    super::{LIMITS, Log, header, one, request, to_end},
    FOUND, INSTANCE, METADATA, Recorder, get, passing_on,
};
use crate::endpoint::metadata::{IS_PASSED_ON, Node};

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
                .starts_with("HTTP/1.1 403 "),
            "{target}"
        );
    }
    let server = passing_on(&["/metadata/instance/compute"], recorder.address);
    let compute = "/metadata/instance/compute?api-version=2021-02-01";
    for (target, status) in [
        (INSTANCE, "403"),
        ("/metadata/instance/computer", "403"),
        ("/metadata/attested/document", "403"),
        ("/metadata/identity/info", "403"),
        ("/latest/meta-data", "404"),
    ] {
        let answer = get(&server, target, &[METADATA]).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    for headers in [&[][..], &[("Metadata", "yes")], &[METADATA, ("X-Forwarded-For", "10.0.0.1")]] {
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
    insta::assert_snapshot!(answer.lines().last().unwrap(), @r#"{"error":"invalid_request","error_description":"wisp reached itself instead of the node's metadata service. Fix: give `wisp redirect` the arguments `--mode nft --passthrough-uid` and the user that wisp runs as, or empty WISP_PASSTHROUGH."}"#);
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
