//! Input that no well-behaved client sends: each gets a clear answer, at most one log line, and the next one is served.

use tokio::{
    io::AsyncWriteExt as _,
    time::{Duration, timeout},
};

use super::{GOOD, Log, header, one, one_answer, request, target, to_end};

/// The status line of an answer that says why it is a refusal, and how many lines were logged.
async fn status(bytes: &[u8]) -> (String, usize) {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    let answer = timeout(Duration::from_secs(5), server.raw(bytes))
        .await
        .expect("an answer");
    let line = answer.lines().next().unwrap_or_default().to_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let json = serde_json::from_str::<serde_json::Value>(body).unwrap();
    assert!(json["error"].is_string() && json["error_description"].is_string(), "{body}");
    assert_eq!(header(head, "content-length"), Some(body.len().to_string().as_str()));
    assert_eq!(header(head, "connection"), Some("close"), "{head}");
    let lines = log.lines().len();
    let good = server.get(&target("resource=api://x")).await;
    assert!(good.starts_with("HTTP/1.1 200 "), "{good}");
    (line, lines)
}

#[tokio::test]
async fn malformed_requests() {
    let long = "a".repeat(1024 * 1024);
    let query = target(&format!("resource={long}"));
    let shorter = target(&format!("resource=x&a={}", "a".repeat(9000)));
    let header = format!("GET / HTTP/1.1\r\nHost: x\r\nA: {long}\r\n\r\n");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(100));
    let bad = "HTTP/1.1 400 Bad Request";
    let large = "HTTP/1.1 431 Request Header Fields Too Large";
    for (bytes, expected) in [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n".to_vec(), bad),
        (b"GET\r\n\r\n".to_vec(), bad),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), bad),
        (b"GET /a b HTTP/1.1\r\n\r\n".to_vec(), bad),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), bad),
        (
            request("GET", &target("resource=x"), GOOD)
                .replace("\r\nMetadata", "\nMetadata")
                .into_bytes(),
            bad,
        ),
        (
            request("GET", &target("resource=x"), GOOD)
                .replace("\r\n", "\n")
                .into_bytes(),
            bad,
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n".to_vec(), large),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n".to_vec(), bad),
        (b"GET / HTTP/1.1\r\nA\0: b\r\n\r\n".to_vec(), bad),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n".to_vec(), bad),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_vec(), bad),
        (request("GET", &query, GOOD).into_bytes(), large),
        (header.into_bytes(), large),
        (many.into_bytes(), large),
        (request("GET", &shorter, GOOD).into_bytes(), "HTTP/1.1 414 URI Too Long"),
        (request("GET", &target("resource=x&resource=y"), GOOD).into_bytes(), bad),
        (request("GET", &target("resource=%"), GOOD).into_bytes(), bad),
    ] {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert_eq!(status(&bytes).await, (expected.to_owned(), 1), "{start:?}");
    }
}

#[tokio::test]
async fn a_malformed_request_after_good_ones() {
    let log = Log::from(tracing::Level::WARN);
    let server = one();
    let asked = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    for _ in 0..3 {
        let mut stream = server.connect().await;
        stream.write_all(asked.as_bytes()).await.unwrap();
        assert!(one_answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
        stream
            .write_all(b"GET / HTTP/1.1\r\nbad header\r\n\r\n")
            .await
            .unwrap();
        let answer = to_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("well-formed"), "{answer}");
    }
    let malformed = &server.setting.endpoint.counters().connections.malformed;
    assert_eq!(malformed.load(std::sync::atomic::Ordering::Relaxed), 3);
    // Whoever sends them cannot fill the log.
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
}

#[tokio::test]
async fn connections_that_ask_nothing_are_not_worth_a_line() {
    let log = Log::from(tracing::Level::INFO);
    let server = one();
    // Closed at once.
    drop(server.connect().await);
    // Reset: a close with lingering turned off.
    let reset = server.connect().await;
    reset.set_zero_linger().unwrap();
    drop(reset);
    // Half a request.
    let mut half = server.connect().await;
    half.write_all(b"GET /metadata").await.unwrap();
    drop(half);
    // Half-closed without a request.
    let mut silent = server.connect().await;
    silent.shutdown().await.unwrap();
    assert_eq!(to_end(&mut silent).await, "");
    assert!(
        server
            .get(&target("resource=api://x"))
            .await
            .starts_with("HTTP/1.1 200 ")
    );
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
}

#[tokio::test]
async fn a_body_on_a_get_is_not_read_as_a_request() {
    let server = one();
    let smuggled = "GET /metadata HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = smuggled.len().to_string();
    let headers = [("Metadata", "true"), ("Content-Length", length.as_str())];
    let asked = request("GET", &target("resource=api://x"), &headers) + smuggled;
    let answer = server.raw(asked).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");

    let headers = [("Metadata", "true"), ("Content-Length", "10"), ("Expect", "100-continue")];
    let answer = server
        .raw(request("GET", &target("resource=api://x"), &headers))
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");

    let endless = [("Metadata", "true"), ("Transfer-Encoding", "chunked")];
    let asked = request("GET", &target("resource=api://x"), &endless).into_bytes();
    let body = b"fff\r\n"
        .iter()
        .copied()
        .chain([b'x'; 4095])
        .chain(*b"\r\n")
        .cycle()
        .take(4 << 20);
    let answer = server
        .raw(asked.into_iter().chain(body).collect::<Vec<_>>())
        .await;
    // The rest may be cut off so early that the answer is lost with it; the server is there for the next one.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        server
            .get(&target("resource=api://x"))
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}

#[tokio::test]
async fn a_refusal_reaches_who_is_still_sending() {
    let server = one();
    let mut stream = server.connect().await;
    let head =
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nMetadata: true\r\nContent-Length: 200000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // Longer than anybody wants to read; unread, it would turn the answer into a reset.
    stream.write_all(&vec![b'x'; 200_000]).await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer)
        .await
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer:?}");
}
