//! A log that nobody reads must not stop the answers.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    time::Duration,
};

use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use super::wisp::{command, emulator};
use crate::kit::{http, process::Process};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than a pipe and the queue hold, some 400 bytes each.
const REQUESTS: usize = 2000;

/// All lines about requests: at `info` they are limited.
const LEVELS: &str = "info,wisp::endpoint::access_log=debug";

const QUICK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_log_that_nobody_reads_holds_up_neither_answers_nor_the_end() {
    let emulator = emulator(|_| {}).await;
    let mut child = command(&emulator, &[("WISP_LOG", LEVELS)]).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let serving = line_with(&mut log, |line| line["message"] == "wisp is serving");
    let process = Process::of(child);
    let [listen, admin] = ["listen", "admin"].map(|name| {
        serving[name]
            .as_str()
            .unwrap()
            .parse::<SocketAddr>()
            .unwrap()
    });

    timeout(PATIENCE, refused(listen, REQUESTS)).await.unwrap();
    let metrics = http::get(admin, "/metrics", "").await;
    let counted: u64 = metrics
        .body
        .lines()
        .find_map(|line| line.strip_prefix("wisp_log_lines_dropped_total "))
        .and_then(|count| count.parse().ok())
        .unwrap();
    assert!(counted > 0);

    // Who reads on is told what is missing.
    let dropped = line_with(&mut log, |line| line["log_lines_dropped"].is_u64());
    assert_eq!(dropped["log_lines_dropped"], counted);

    timeout(PATIENCE, refused(listen, REQUESTS)).await.unwrap();
    process.signal("TERM");
    let (_, took) = process.ended().unwrap();
    assert!(took < QUICK, "the end waits for the reader: {took:?}");
}

#[tokio::test]
async fn the_last_lines_are_written_before_the_end() {
    let emulator = emulator(|_| {}).await;
    let mut child = command(&emulator, &[("WISP_LOG", LEVELS)]).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    line_with(&mut log, |line| line["message"] == "wisp is serving");
    let process = Process::of(child);
    process.signal("TERM");
    process.ended().unwrap();
    line_with(&mut log, |line| line["message"] == "ended");
}

/// Reads the log up to the line that is `wanted`.
fn line_with(log: &mut impl BufRead, is_it: impl Fn(&Value) -> bool) -> Value {
    log.lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .find(is_it)
        .expect("the log ended")
}

/// Asks `times` for what is refused, each a line of the log, and waits for each answer.
async fn refused(listen: SocketAddr, times: usize) {
    let mut stream = TcpStream::connect(listen).await.unwrap();
    let request = "GET /metadata/identity/oauth2/token?resource=x HTTP/1.1\r\nHost: localhost\r\nMetadata: true\r\n\r\n";
    for _ in 0..times {
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = http::next(&mut stream, &mut Vec::new()).await.unwrap();
        assert_eq!(answer.status(), 400, "{answer:?}");
    }
}
