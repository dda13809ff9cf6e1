//! A log that nobody reads must not stop the answers.

use std::{
    io::{BufRead, BufReader},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::wisp::{command, emulator};
use crate::kit::signal;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than a pipe and the queue hold, some 400 bytes each.
const REQUESTS: usize = 2000;

/// All lines about requests: at `info` they are limited.
const LEVELS: &str = "info,wisp::endpoint::record=debug";

const QUICK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_log_that_nobody_reads_holds_up_neither_answers_nor_the_end() {
    let emulator = emulator(|_| {}).await;
    let mut child = command(&emulator, &[("WISP_LOG", LEVELS)]).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let serving = line_with(&mut log, |line| line["message"] == "wisp is serving");
    let listen = serving["listen"].as_str().unwrap().to_owned();
    let admin = serving["admin"].as_str().unwrap().to_owned();

    timeout(PATIENCE, refused(&listen, REQUESTS)).await.unwrap();
    let metrics = answer(&admin, "/metrics").await;
    let counted: u64 = metrics
        .lines()
        .find_map(|line| line.strip_prefix("wisp_log_lines_dropped_total "))
        .and_then(|count| count.parse().ok())
        .unwrap();
    assert!(counted > 0);

    // Who reads on is told what is missing.
    let told = line_with(&mut log, |line| line["log_lines_dropped"].is_u64());
    assert_eq!(told["log_lines_dropped"], counted);

    timeout(PATIENCE, refused(&listen, REQUESTS)).await.unwrap();
    let ending = Instant::now();
    signal::send(&child, "TERM");
    while child.try_wait().unwrap().is_none() {
        assert!(ending.elapsed() < QUICK, "the end waits for the reader");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_last_lines_are_written_before_the_end() {
    let emulator = emulator(|_| {}).await;
    let mut child = command(&emulator, &[("WISP_LOG", LEVELS)]).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    line_with(&mut log, |line| line["message"] == "wisp is serving");
    signal::send(&child, "TERM");
    child.wait().unwrap();
    line_with(&mut log, |line| line["message"] == "ended");
}

/// Reads the log up to the line that is `wanted`.
fn line_with(log: &mut impl BufRead, wanted: impl Fn(&Value) -> bool) -> Value {
    log.lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .find(wanted)
        .expect("the log ended")
}

/// Asks `times` for what is refused, each a line of the log, and waits for each answer.
async fn refused(listen: &str, times: usize) {
    let mut stream = TcpStream::connect(listen).await.unwrap();
    let request = "GET /metadata/identity/oauth2/token?resource=x HTTP/1.1\r\nHost: localhost\r\nMetadata: true\r\n\r\n";
    for _ in 0..times {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    }
}

async fn answer(to: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
