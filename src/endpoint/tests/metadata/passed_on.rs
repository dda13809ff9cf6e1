//! What is passed on to the node, and what its answers become.

use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use super::{
    super::{LIMITS, Log, header, request, to_end},
    INSTANCE, METADATA, Recorder, get, passing_on,
};
use crate::endpoint::metadata::{IS_PASSED_ON, Node};

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
    let switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    for bytes in [switched, short, "SSH-2.0-x\r\n", ""] {
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
