//! Who neither asks nor reads is closed.

use std::sync::atomic::Ordering;

use tokio::{
    io::AsyncWriteExt as _,
    time::{Duration, Instant},
};

use super::{
    super::{GOOD, LIMITS, one, one_answer, request, target, to_end},
    until_asked,
};

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed() {
    let server = one();
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /metadata/identity HTTP/1.1\r\nHo")
        .await
        .unwrap();
    let started = Instant::now();
    assert_eq!((to_end(&mut silent).await, to_end(&mut slow).await), (String::new(), String::new()));
    let waited = started.elapsed();
    assert!(waited >= LIMITS.idle && waited <= 2 * LIMITS.idle, "{waited:?}");
    let connections = &server.setting.endpoint.counters().connections;
    assert_eq!(connections.idled.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_request_in_progress_is_not_idle() {
    let server = one();
    let mut stream = server.connect().await;
    let asked = request("GET", &target("resource=api://slow"), GOOD).replace("Connection: close\r\n", "");
    stream.write_all(asked.as_bytes()).await.unwrap();
    until_asked(&server, 1).await;
    tokio::time::sleep(3 * LIMITS.idle).await;
    server.setting.tokens.release.notify_one();
    assert!(
        one_answer(&mut stream)
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    // Afterwards it is.
    let started = Instant::now();
    assert_eq!(to_end(&mut stream).await, "");
    assert!(started.elapsed() <= 2 * LIMITS.idle + Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_the_answers_is_cut_off() {
    let server = one();
    let mut stream = server.connect().await;
    let asked = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    let flood = asked.repeat(1000);
    // Until the server closes: it stops reading when its answers are not taken.
    while stream.write_all(flood.as_bytes()).await.is_ok() {}
    assert!(
        server
            .get(&target("resource=api://x"))
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}
