//! Connections: the cap, idleness, the end.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    task::JoinSet,
    time::{Duration, Instant},
};

use super::{API, LIMITS, Log, Served, Setting, header, one, one_answer, plain, request, target, to_end};
use crate::{
    clock::UnixTime,
    endpoint::listen,
    server::{ConnectionCounters, Handler, Limits, Reply, serve},
};

const GOOD: &[(&str, &str)] = &[("Metadata", "true")];

async fn until_asked(server: &Served, times: usize) {
    while server.setting.tokens.asked() < times {
        tokio::task::yield_now().await;
    }
}

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

/// A connection that stays open and was answered once.
async fn kept_alive(server: &Served) -> TcpStream {
    let mut stream = server.connect().await;
    let asked = request("GET", &target("resource=api://x"), GOOD).replace("Connection: close\r\n", "");
    stream.write_all(asked.as_bytes()).await.unwrap();
    one_answer(&mut stream).await;
    stream
}

/// A connection with a request that is never answered of itself.
async fn waiting(server: &Served) -> TcpStream {
    let mut stream = server.connect().await;
    stream
        .write_all(request("GET", &target("resource=api://stuck"), GOOD).as_bytes())
        .await
        .unwrap();
    until_asked(server, 1).await;
    stream
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

/// Answers at a time of its own.
struct Dated(ConnectionCounters, AtomicU64);

impl Handler for Dated {
    fn handle(self: &Arc<Self>, _: hyper::Request<hyper::body::Incoming>) -> Reply {
        crate::server::Response::default().into()
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.0
    }

    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(self.1.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn a_clock_that_is_no_http_date_ends_connections_not_the_process() {
    const YEAR_10000: u64 = 253_402_300_800;
    let handler = Arc::new(Dated(ConnectionCounters::default(), AtomicU64::new(super::NOW)));
    let bound = listen::tokens(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let address = bound.addresses()[0];
    tokio::spawn(serve(bound, Arc::clone(&handler), LIMITS, std::future::pending()));
    let ask = async |asked: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(asked.as_bytes()).await.unwrap();
        stream
    };
    let asked = request("GET", "/", &[]);
    let mut kept = ask(&asked.replace("Connection: close\r\n", "")).await;
    one_answer(&mut kept).await;
    for wrong in [0, YEAR_10000 - 1, YEAR_10000, u64::MAX] {
        handler.1.store(wrong, Ordering::Relaxed);
        let answer = to_end(&mut ask(&asked).await).await;
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("clock"), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(header(head, "content-length"), Some(body.len().to_string().as_str()));
        serde_json::from_str::<serde_json::Value>(body).unwrap();
    }
    kept.write_all(asked.as_bytes()).await.unwrap();
    assert_eq!(to_end(&mut kept).await, "");
    handler.1.store(YEAR_10000 - 61, Ordering::Relaxed);
    assert!(
        to_end(&mut ask(&asked).await)
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}
