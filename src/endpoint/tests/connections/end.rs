//! The end: what is in progress is finished, and who waits is told.

use std::sync::{Arc, atomic::Ordering};

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Duration, Instant},
};

use super::{
    super::{API, GOOD, LIMITS, Log, Served, Setting, one, one_answer, plain, request, target, to_end},
    kept_alive, until_asked, waiting,
};
use crate::{
    endpoint::listen,
    server::{ConnectionCounters, Handler, Limits, Reply, serve},
};

#[tokio::test]
async fn what_is_in_progress_is_finished_at_the_end() {
    let server = one();
    let asked = request("GET", &target("resource=api://slow"), GOOD).replace("Connection: close\r\n", "");
    let mut busy = server.connect().await;
    busy.write_all(asked.as_bytes()).await.unwrap();
    until_asked(&server, 1).await;
    let mut idle = server.connect().await;
    let mut kept = server.connect().await;
    let good = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    kept.write_all(good.as_bytes()).await.unwrap();
    one_answer(&mut kept).await;

    let Served { setting, address, stop, task } = server;
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    setting.tokens.release.notify_one();
    let answer = to_end(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("connection: close"), "{answer}");
    assert_eq!((to_end(&mut idle).await, to_end(&mut kept).await), (String::new(), String::new()));
    assert_eq!(task.await.unwrap(), 0);
    assert_eq!(
        setting
            .endpoint
            .counters()
            .connections
            .open
            .load(Ordering::Relaxed),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn who_still_waits_at_the_end_is_told_to_come_back() {
    let log = Log::from(tracing::Level::WARN);
    let server = one();
    let mut stuck = waiting(&server).await;
    let started = Instant::now();
    server.stop.send(()).unwrap();
    insta::assert_snapshot!(plain(&to_end(&mut stuck).await), @r#"
    HTTP/1.1 503 Service Unavailable
    content-type: application/json; charset=utf-8
    server: wisp/VERSION
    x-ms-request-id: 00000000-0000-4000-8000-000000000001
    retry-after: 1
    content-length: 141

    {"error":"temporarily_unavailable","error_description":"The endpoint is shutting down before the answer is here; ask again when it is back."}
    "#);
    assert_eq!(server.task.await.unwrap(), 0);
    let waited = started.elapsed();
    let shortly_before = Duration::from_millis(1690)..LIMITS.drain;
    assert!(shortly_before.contains(&waited), "{waited:?}");
    let lines = log.lines();
    assert!(lines.len() == 1 && lines[0].contains("shutting down"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_so_even_where_nothing_may_be_waited_for() {
    let server = Setting::with(&[("api", API)]).serve(Limits { drain: Duration::ZERO, ..LIMITS });
    let mut stuck = waiting(&server).await;
    // Sent before the end, and not yet read.
    let mut last = std::net::TcpStream::connect(server.address).unwrap();
    std::io::Write::write_all(&mut last, request("GET", &target("resource=api://x"), GOOD).as_bytes())
        .unwrap();
    let started = Instant::now();
    server.stop.send(()).unwrap();
    let answer = to_end(&mut stuck).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), "{answer:?}");
    last.set_nonblocking(true).unwrap();
    let answer = to_end(&mut TcpStream::from_std(last).unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    assert_eq!(server.task.await.unwrap(), 0);
    assert!(started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_the_answer_is_cut_off_at_the_end() {
    struct Mute(ConnectionCounters);
    impl Handler for Mute {
        fn handle(self: &Arc<Self>, _: hyper::Request<hyper::body::Incoming>) -> Reply {
            Reply::Later(Box::pin(std::future::pending()))
        }

        fn connections(&self) -> &ConnectionCounters {
            &self.0
        }
    }
    let bound = listen::tokens(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let mut stream = TcpStream::connect(bound.addresses()[0]).await.unwrap();
    stream
        .write_all(request("GET", "/", &[]).as_bytes())
        .await
        .unwrap();
    let started = Instant::now();
    let cut_off =
        serve(bound, Arc::new(Mute(ConnectionCounters::default())), LIMITS, std::future::ready(())).await;
    assert_eq!((cut_off, started.elapsed() <= LIMITS.drain + Duration::from_millis(2)), (1, true));
}

#[tokio::test]
async fn what_was_sent_before_the_end_is_answered() {
    let server = one();
    let good = request("GET", &target("resource=api://x"), GOOD);
    let mut kept = kept_alive(&server).await;
    let mut half = server.connect().await;
    half.write_all(&good.as_bytes()[..30]).await.unwrap();
    // From here on the server gets no turn until it is told to stop.
    let mut last = std::net::TcpStream::connect(server.address).unwrap();
    std::io::Write::write_all(&mut last, good.as_bytes()).unwrap();
    assert_eq!(kept.try_write(good.as_bytes()).unwrap(), good.len());
    let started = Instant::now();
    server.stop.send(()).unwrap();
    last.set_nonblocking(true).unwrap();
    let mut last = TcpStream::from_std(last).unwrap();
    for stream in [&mut kept, &mut last] {
        let answer = to_end(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    }
    assert_eq!(to_end(&mut half).await, "");
    assert_eq!(server.task.await.unwrap(), 0);
    assert!(started.elapsed() < LIMITS.drain / 2, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_asks_during_the_drain_is_answered_for_the_last_time() {
    let server = one();
    let mut busy = waiting(&server).await;
    let mut kept = kept_alive(&server).await;
    let mut silent = server.connect().await;
    let started = Instant::now();
    server.stop.send(()).unwrap();
    tokio::time::sleep(LIMITS.drain / 2).await;
    let good = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    for stream in [&mut kept, &mut silent] {
        stream.write_all(good.as_bytes()).await.unwrap();
        let answer = to_end(stream).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("\r\nconnection: close\r\n"),
            "{answer:?}"
        );
    }
    assert!(to_end(&mut busy).await.starts_with("HTTP/1.1 503 "));
    assert_eq!(server.task.await.unwrap(), 0);
    assert!(started.elapsed() <= LIMITS.drain, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_drain_ends_soon_when_nobody_asks() {
    let server = one();
    let mut kept = kept_alive(&server).await;
    let started = Instant::now();
    server.stop.send(()).unwrap();
    assert_eq!((to_end(&mut kept).await, server.task.await.unwrap()), (String::new(), 0));
    let took = started.elapsed().as_millis();
    assert!((300..400).contains(&took), "{took} ms");
}
