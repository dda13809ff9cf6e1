//! `wispctl emulator` as a program: output, exit codes, signals.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::kit::signal;

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
        (vec!["emulator", "--config", file, "--", "true"], "at least one tenant is needed"),
        (vec!["emulator", "true"], "unexpected argument"),
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

/// A shell for which an emulator is started, its standard streams piped.
fn with_shell(arguments: &[&str], script: &str) -> Command {
    let mut command = Command::new(WISPCTL);
    command
        .arg("emulator")
        .args(arguments)
        .args(["--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_program_runs_in_its_environment_and_it_ends_with_the_program() {
    let script = r#"curl -sS --cacert "$SSL_CERT_FILE" -o /dev/null -w '%{http_code}' "${AZURE_AUTHORITY_HOST}_emulator/faults"
        echo " $AZURE_CLIENT_ID $SSL_CERT_FILE"; exit 7"#;
    let output = with_shell(&[], script).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(7), "{stderr}");
    let [status, client, ca] = stdout.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    assert_eq!((status, client), ("200", "22222222-bbbb-4bbb-8bbb-222222222222"));
    assert!(!fs::exists(ca).unwrap(), "files were left behind");
    assert!(stderr.contains("It ends with `sh`."), "{stderr}");
}

#[test]
fn a_program_that_cannot_be_run_is_64() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(WISPCTL);
    command
        .args(["emulator", "--", "/nonexistent/program"])
        .env("TMPDIR", folder.path());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{stderr}");
    let last = stderr.lines().last().unwrap();
    assert_eq!(last, "error: cannot run `/nonexistent/program`: No such file or directory (os error 2)");
    assert!(fs::read_dir(&folder).unwrap().next().is_none(), "files were left behind");
}

#[tokio::test]
async fn signals_reach_the_program() {
    for (name, script, code) in [
        ("TERM", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.02; done", 3),
        ("INT", "trap 'exit 4' INT; echo ready; while :; do sleep 0.02; done", 4),
        ("HUP", "echo ready; exec sleep 60", 128 + 1),
    ] {
        let mut child = with_shell(&[], script).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n");
        let (ended, took) = end(child, name).await;
        assert_eq!(ended, Some(code), "{name}");
        assert!(took < Duration::from_secs(1), "{name}: {took:?}");
    }
}

/// In a network of its own, where the port is free and may be had.
#[test]
fn the_default_port_is_not_in_its_urls() {
    let script = r#"env | grep ^AZURE_AUTHORITY_HOST
        get() { curl -sS --cacert "$SSL_CERT_FILE" "$AZURE_AUTHORITY_HOST$1"; echo; }
        get "$AZURE_TENANT_ID/v2.0/.well-known/openid-configuration"
        get issuer/cluster/.well-known/openid-configuration
        get common/discovery/instance"#;
    let inner = with_shell(&["--listen", "127.0.0.1:443"], script);
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-ec", r#"ip link set lo up; exec "$0" "$@""#])
        .arg(inner.get_program())
        .args(inner.get_args())
        .output()
        .unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stderr}");
    let said = stdout.replace("11111111-aaaa-4aaa-8aaa-111111111111", "TENANT");
    assert!(said.starts_with("AZURE_AUTHORITY_HOST=https://localhost/\n"), "{said}");
    for url in [
        r#""issuer":"https://localhost/TENANT/v2.0""#,
        r#""issuer":"https://localhost/issuer/cluster/""#,
        r#""aliases":["localhost"]"#,
    ] {
        assert!(said.contains(url), "{url}: {said}");
    }
    assert!(!format!("{said}{stderr}").contains(":443"), "{said}{stderr}");
}
