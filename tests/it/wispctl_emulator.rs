//! `wispctl emulator` as a program: output, exit codes, signals.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use crate::kit::{
    process::{Process, Stream},
    programs::WISPCTL,
    run::{Ran, run},
};

fn wispctl(arguments: &[&str]) -> Ran {
    run(Command::new(WISPCTL).args(arguments))
}

/// An emulator that has printed all it prints at the start.
fn start(arguments: &[&str]) -> (Process, String) {
    let process = Process::start(Command::new(WISPCTL).arg("emulator").args(arguments));
    process.line("NODE_EXTRA_CA_CERTS").unwrap();
    let text = process.text(Stream::Stdout);
    (process, text)
}

/// Ends a program by the signal `name`; returns its exit code and how long it took.
fn end(process: &Process, name: &str) -> (Option<i32>, Duration) {
    process.signal(name);
    let (status, took) = process.ended().unwrap();
    (status.code(), took)
}

#[test]
fn the_printed_configuration_can_be_used() {
    let ran = wispctl(&["emulator", "--print-config"]);
    assert_eq!((ran.code, ran.output.as_str()), (0, wisp::emulator::DEFAULT_CONFIG));
}

#[test]
fn what_the_caller_got_wrong_is_64() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("emulator.toml");
    fs::write(&file, "tenants = []\n").unwrap();
    let file = file.to_str().unwrap();
    let none = folder.path().join("none.toml");
    for (arguments, messages) in [
        (vec!["emulator", "--config", file, "--", "true"], "at least one tenant is needed"),
        (vec!["emulator", "true"], "unexpected argument"),
        (vec!["emulator", "--config", file], "at least one tenant is needed"),
        (vec!["emulator", "--config", none.to_str().unwrap()], "cannot be read"),
        (vec!["emulator", "--listen", "here"], "--listen"),
        (vec!["emulator", "--port", "1"], "--port"),
        (vec!["emulate"], "emulate"),
        (vec![], "Usage"),
    ] {
        let ran = wispctl(&arguments);
        assert!(ran.code == 64 && ran.messages.contains(messages), "{arguments:?}: {ran:?}");
    }
    assert_eq!(wispctl(&["emulator", "--help"]).code, 0);
}

#[test]
fn a_start_that_fails_is_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = wispctl(&["emulator", "--listen", &address]);
    assert!(
        ran.code == 1
            && ran
                .messages
                .contains(&format!("cannot listen on {address}")),
        "{ran:?}"
    );
}

#[tokio::test]
async fn it_serves_until_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (process, text) = start(&["--state-dir", state.to_str().unwrap()]);
    let authority = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("authority"))
        .unwrap()
        .trim();
    let ca = reqwest::Certificate::from_pem(&fs::read(state.join("ca.pem")).unwrap()).unwrap();
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

    let (code, took) = end(&process, "TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(process.text(Stream::Stderr), "GET /common/discovery/instance 200 served\n");
    assert!(state.join("ca.pem").exists(), "a folder that was given stays");
    assert!(!state.join("env").exists(), "and does not claim that someone answers");
}

#[test]
fn a_folder_of_its_own_goes_with_it() {
    let (process, text) = start(&[]);
    let ca = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("CA"))
        .unwrap()
        .trim();
    assert!(fs::exists(ca).unwrap());
    let (code, _) = end(&process, "INT");
    assert_eq!(code, Some(0));
    assert!(!fs::exists(ca).unwrap());
}

/// A shell for which an emulator is started.
fn with_shell(arguments: &[&str], script: &str) -> Command {
    let mut command = Command::new(WISPCTL);
    command
        .arg("emulator")
        .args(arguments)
        .args(["--", "sh", "-c", script])
        .stdin(Stdio::piped());
    command
}

#[test]
fn a_program_runs_in_its_environment_and_it_ends_with_the_program() {
    let script = r#"curl -sS --cacert "$SSL_CERT_FILE" -o /dev/null -w '%{http_code}' "${AZURE_AUTHORITY_HOST}_emulator/faults"
        echo " $AZURE_CLIENT_ID $SSL_CERT_FILE"; exit 7"#;
    let ran = run(&mut with_shell(&[], script));
    assert_eq!(ran.code, 7, "{ran:?}");
    let [status, client, ca] = ran.output.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{ran:?}")
    };
    assert_eq!((status, client), ("200", "22222222-bbbb-4bbb-8bbb-222222222222"));
    assert!(!fs::exists(ca).unwrap(), "files were left behind");
    assert!(ran.messages.contains("It ends with `sh`."), "{ran:?}");
}

#[test]
fn a_program_that_cannot_be_run_is_64() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(Command::new(WISPCTL)
        .args(["emulator", "--", "/nonexistent/program"])
        .env("TMPDIR", folder.path()));
    assert_eq!(ran.code, 64, "{ran:?}");
    let last = ran.messages.lines().last().unwrap();
    assert_eq!(last, "error: cannot run `/nonexistent/program`: No such file or directory (os error 2)");
    assert!(fs::read_dir(&folder).unwrap().next().is_none(), "files were left behind");
}

#[test]
fn signals_reach_the_program() {
    for (name, script, code) in [
        ("TERM", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.02; done", 3),
        ("INT", "trap 'exit 4' INT; echo ready; while :; do sleep 0.02; done", 4),
        ("HUP", "echo ready; exec sleep 60", 128 + 1),
    ] {
        let process = Process::start(&mut with_shell(&[], script));
        process.line("ready").unwrap();
        let (ended, took) = end(&process, name);
        assert_eq!(ended, Some(code), "{name}");
        assert!(took < Duration::from_secs(1), "{name}: {took:?}");
    }
}

/// In a network of its own, where the port is free and allowed.
#[test]
fn the_default_port_is_not_in_its_urls() {
    let script = r#"env | grep ^AZURE_AUTHORITY_HOST
        get() { curl -sS --cacert "$SSL_CERT_FILE" "$AZURE_AUTHORITY_HOST$1"; echo; }
        get "$AZURE_TENANT_ID/v2.0/.well-known/openid-configuration"
        get issuer/cluster/.well-known/openid-configuration
        get common/discovery/instance"#;
    let inner = with_shell(&["--listen", "127.0.0.1:443"], script);
    let ran = run(Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-ec", r#"ip link set lo up; exec "$0" "$@""#])
        .arg(inner.get_program())
        .args(inner.get_args()));
    assert_eq!(ran.code, 0, "{ran:?}");
    let messages = ran
        .output
        .replace("11111111-aaaa-4aaa-8aaa-111111111111", "TENANT");
    assert!(messages.starts_with("AZURE_AUTHORITY_HOST=https://localhost/\n"), "{messages}");
    for url in [
        r#""issuer":"https://localhost/TENANT/v2.0""#,
        r#""issuer":"https://localhost/issuer/cluster/""#,
        r#""aliases":["localhost"]"#,
    ] {
        assert!(messages.contains(url), "{url}: {messages}");
    }
    assert!(!format!("{messages}{}", ran.messages).contains(":443"), "{messages}{}", ran.messages);
}
