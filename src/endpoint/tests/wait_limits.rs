//! Limits of requests that wait, and those that need not.

use std::sync::Arc;

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Duration, Instant},
};

use super::{API, GOOD, LIMITS, Served, Setting, one_answer, plain, registry, request, target, to_end};
use crate::server::Limits;

fn crowd_of(connections: usize) -> Served {
    let mut setting = Setting::starting();
    let endpoint = Arc::into_inner(setting.endpoint).unwrap();
    setting.endpoint = Arc::new(endpoint.with_connections(connections));
    setting
        .endpoint
        .open(Arc::clone(&setting.tokens), registry(&[("api", API)]));
    setting.serve(Limits { connections, ..LIMITS })
}

/// Sends `text` on each of `count` connections.
async fn send(server: &Served, count: usize, text: &str) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = server.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    streams
}

async fn is_immediate(server: &Served) {
    let started = Instant::now();
    let answer = server.get(&target("resource=api://x")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(started.elapsed() < Duration::from_millis(50), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_entra_leaves_half_of_the_connections() {
    let server = crowd_of(8);
    let stuck = request("GET", &target("resource=api://stuck"), GOOD);
    let waiting = send(&server, 4, &stuck).await;
    while server.setting.tokens.asked() < 4 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        is_immediate(&server).await;
        let mut late = send(&server, 1, &stuck).await;
        let answer = plain(&to_end(&mut late[0]).await);
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\n"), "{answer}");
        let body = answer.split_once("\n\n").unwrap().1;
        insta::allow_duplicates!(
            insta::assert_snapshot!(body, @r#"{"error":"temporarily_unavailable","error_description":"Too many requests are waiting for their answers; ask again in a moment. Fix: if the clients need that many, raise WISP_MAX_CONNECTIONS."}"#)
        );
    }
    drop(waiting);
}

#[tokio::test(start_paused = true)]
async fn each_dialect_says_so_in_its_own_form() {
    let server = crowd_of(2);
    let _waiting = send(&server, 1, &request("GET", &target("resource=api://stuck"), GOOD)).await;
    while server.setting.tokens.asked() < 1 {
        tokio::task::yield_now().await;
    }
    let form = "resource=api://stuck";
    let head = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}", form.len());
    let (name, value) = head.split_once(": ").unwrap();
    let asked = request("POST", "/oauth2/token", &[("Metadata", "true"), (name, value)]) + form;
    let answer = server.raw(asked).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
    insta::assert_snapshot!(answer.split_once("\r\n\r\n").unwrap().1, @r#"{"error":{"code":"temporarily_unavailable","message":"Too many requests are waiting for their answers; ask again in a moment. Fix: if the clients need that many, raise WISP_MAX_CONNECTIONS."}}"#);
}

#[tokio::test(start_paused = true)]
async fn slow_forms_make_room_for_quick_ones() {
    let server = crowd_of(8);
    let head = |length: usize| {
        request(
            "POST",
            "/oauth2/token",
            &[
                ("Metadata", "true"),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Content-Length", &length.to_string()),
            ],
        )
    };
    let mut slow = send(&server, 3, &(head(100) + "r")).await;
    is_immediate(&server).await;
    // The third of them has taken the place of the first.
    let answer = to_end(&mut slow[0]).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
    let form = "resource=api://x";
    let quick = server.raw(head(form.len()) + form).await;
    assert!(quick.starts_with("HTTP/1.1 200 "), "{quick}");
    let mut kept = server.connect().await;
    let asked = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    kept.write_all(asked.as_bytes()).await.unwrap();
    one_answer(&mut kept).await;
}
