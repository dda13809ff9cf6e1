//! The cap: who makes room for whom.

use std::sync::{Arc, atomic::Ordering};

use tokio::{
    io::AsyncWriteExt as _,
    task::JoinSet,
    time::{Duration, Instant},
};

use super::{
    super::{API, GOOD, LIMITS, Log, Served, Setting, one, one_answer, request, target, to_end},
    kept_alive, until_asked,
};
use crate::server::Limits;

#[tokio::test]
async fn beyond_the_cap_connections_wait_their_turn() {
    let server = Setting::with(&[("api", API)]).serve(Limits { connections: 8, ..LIMITS });
    let asked = request("GET", &target("resource=api://x"), GOOD);
    let mut clients = JoinSet::new();
    for _ in 0..208 {
        let mut stream = server.connect().await;
        let (asked, endpoint) = (asked.clone(), Arc::clone(&server.setting.endpoint));
        clients.spawn(async move {
            stream.write_all(asked.as_bytes()).await.unwrap();
            let open = endpoint.counters().connections.open.load(Ordering::Relaxed);
            (to_end(&mut stream).await, open)
        });
    }
    let answers = clients.join_all().await;
    assert!(
        answers
            .iter()
            .all(|(a, open)| a.starts_with("HTTP/1.1 200 OK\r\n") && *open <= 8)
    );
    let connections = &server.setting.endpoint.counters().connections;
    assert_eq!(connections.accepted.load(Ordering::Relaxed), 208);
}

/// Asks for a token and says how long that took.
async fn quickly(server: &Served) -> Duration {
    let started = Instant::now();
    let answer = server.get(&target("resource=api://x")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn connections_that_ask_nothing_silence_nobody() {
    let log = Log::from(tracing::Level::WARN);
    let server = one();
    let mut open = Vec::new();
    for n in 0..300 {
        let mut stream = server.connect().await;
        if n % 2 == 0 {
            stream
                .write_all(b"GET /metadata/identity HTTP/1.1\r\nHo")
                .await
                .unwrap();
        }
        open.push(stream);
    }
    // All of them have been accepted before it, and each has its moment.
    let waited = quickly(&server).await;
    assert!(waited < LIMITS.idle / 2, "{waited:?}");
    assert!(quickly(&server).await < Duration::from_secs(1));
    assert_eq!(to_end(&mut open[0]).await, "");

    let connections = &server.setting.endpoint.counters().connections;
    assert!(connections.evicted.load(Ordering::Relaxed) >= 300 - 64);
    assert_eq!(connections.idled.load(Ordering::Relaxed), 0);
    let lines = log.lines();
    assert!(lines.len() == 1 && lines[0].contains("WISP_MAX_CONNECTIONS"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn who_was_answered_makes_room_before_who_has_not_asked() {
    let server = Setting::with(&[("api", API)]).serve(Limits { connections: 3, ..LIMITS });
    let mut slow = server.connect().await;
    let good = request("GET", &target("resource=api://x"), GOOD);
    slow.write_all(&good.as_bytes()[..30]).await.unwrap();
    let mut first = kept_alive(&server).await;
    let mut second = kept_alive(&server).await;
    assert!(quickly(&server).await < Duration::from_secs(1));
    assert_eq!(to_end(&mut first).await, "");
    let asked = good.replace("Connection: close\r\n", "");
    second.write_all(asked.as_bytes()).await.unwrap();
    one_answer(&mut second).await;
    slow.write_all(&good.as_bytes()[30..]).await.unwrap();
    assert!(to_end(&mut slow).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(start_paused = true)]
async fn a_request_in_progress_keeps_its_place() {
    let server = Setting::with(&[("api", API)]).serve(Limits { connections: 2, ..LIMITS });
    let asked = request("GET", &target("resource=api://slow"), GOOD);
    let mut busy = [server.connect().await, server.connect().await];
    for stream in &mut busy {
        stream.write_all(asked.as_bytes()).await.unwrap();
    }
    until_asked(&server, 2).await;
    let mut late = server.connect().await;
    late.write_all(asked.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(server.setting.tokens.asked(), 2);
    server.setting.tokens.release.notify_one();
    // The answer of this second serves it as well, once it has a place.
    assert!(to_end(&mut late).await.starts_with("HTTP/1.1 200 "));
    server.setting.tokens.release.notify_waiters();
    for stream in &mut busy {
        assert!(to_end(stream).await.starts_with("HTTP/1.1 200 "));
    }
}
