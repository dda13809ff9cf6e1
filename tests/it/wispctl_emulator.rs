//! `wispctl emulator` as a program: output, exit codes, signals.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::signal;

const WISPCTL: &str = env!("CARGO_BIN_EXE_wispctl");

fn run(arguments: &[&str]) -> Output {
    Command::new(WISPCTL).args(arguments).output().unwrap()
}

/// An emulator that has printed all it prints at the start.
fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(WISPCTL)
        .arg("emulator")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    while !text.contains("NODE_EXTRA_CA_CERTS") {
        assert_ne!(lines.read_line(&mut text).unwrap(), 0, "{text}");
    }
    (child, text)
}

/// Ends `child` by the signal `name`; returns its exit code and how long it took.
async fn end(mut child: Child, name: &str) -> (Option<i32>, Duration) {
    let start = Instant::now();
    signal::send(&child, name);
    let waited = tokio::task::spawn_blocking(move || child.wait().unwrap());
    let status = timeout(Duration::from_secs(10), waited)
        .await
        .unwrap()
        .unwrap();
    (status.code(), start.elapsed())
}

#[test]
fn the_printed_configuration_can_be_used() {
    let output = run(&["emulator", "--print-config"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, wisp::emulator::DEFAULT_CONFIG);
}

#[test]
fn what_the_caller_got_wrong_is_64() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("emulator.toml");
    fs::write(&file, "tenants = []\n").unwrap();
    let file = file.to_str().unwrap();
    let none = folder.path().join("none.toml");
    for (arguments, said) in [
        (vec!["emulator", "--config", file], "at least one tenant is needed"),
        (vec!["emulator", "--config", none.to_str().unwrap()], "cannot be read"),
        (vec!["emulator", "--listen", "here"], "--listen"),
        (vec!["emulator", "--port", "1"], "--port"),
        (vec!["emulate"], "emulate"),
        (vec![], "Usage"),
    ] {
        let output = run(&arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    assert!(run(&["emulator", "--help"]).status.success());
}

#[test]
fn a_start_that_fails_is_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["emulator", "--listen", &address]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(&format!("cannot listen on {address}")), "{stderr}");
}

#[tokio::test]
async fn it_serves_until_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (mut child, text) = start(&["--state-dir", state.to_str().unwrap()]);
    let authority = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("authority"))
        .unwrap()
        .trim();
    let ca = reqwest::Certificate::from_pem(&fs::read(state.join("ca.pem")).unwrap()).unwrap();
    let mut stderr = child.stderr.take().unwrap();

    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .build()
        .unwrap();
    let answer = http
        .get(format!("{authority}/common/discovery/instance"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let env = fs::read_to_string(state.join("env")).unwrap();
    assert!(text.ends_with(&env), "{text}{env}");

    let (code, took) = end(child, "TERM").await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(1), "{took:?}");
    let mut lines = String::new();
    stderr.read_to_string(&mut lines).unwrap();
    assert_eq!(lines, "GET /common/discovery/instance 200 served\n");
    assert!(state.join("ca.pem").exists(), "a folder that was given stays");
    assert!(!state.join("env").exists(), "and does not claim that someone answers");
}

#[tokio::test]
async fn a_folder_of_its_own_goes_with_it() {
    let (child, text) = start(&[]);
    let ca = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("CA"))
        .unwrap()
        .trim();
    assert!(fs::exists(ca).unwrap());
    let (code, _) = end(child, "INT").await;
    assert_eq!(code, Some(0));
    assert!(!fs::exists(ca).unwrap());
}
