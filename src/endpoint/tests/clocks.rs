//! Clocks that are wrong.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{LIMITS, NOW, header, one, one_answer, request, target, to_end};
use crate::{
    clock::{Clock as _, UnixTime},
    endpoint::listen,
    server::{ConnectionCounters, Handler, Reply, serve},
};

#[tokio::test]
async fn a_clock_that_is_set_back_gives_no_token_from_the_future() {
    let server = one();
    let field = |answer: &str, name: &str| {
        let value: serde_json::Value = serde_json::from_str(answer.lines().last().unwrap()).unwrap();
        value[name].as_str().unwrap().parse::<u64>().unwrap()
    };
    for seconds in [0, 60, 3600, 1_000_000] {
        server.setting.clock.back(seconds);
        let answer = server.get(&target("resource=api://x")).await;
        let (from, until) = (field(&answer, "not_before"), field(&answer, "expires_on"));
        let now = server.setting.clock.wall().secs();
        assert!(from <= now && now < until, "{from} {now} {until}");
    }
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
    let handler = Arc::new(Dated(ConnectionCounters::default(), AtomicU64::new(NOW)));
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
