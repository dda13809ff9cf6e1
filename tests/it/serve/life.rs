//! Start, reload, end; probes and metrics.

use std::{fs, net::TcpListener, process::Command, time::Duration};

use ::wisp::emulator::{Emulator, Fault, FaultKind};
use tokio::time::{Instant, sleep};

use super::wisp::{CLIENT_ID, STORAGE, VAULT, Wisp, command, emulator, exchanges};
use crate::kit::{http::Message, process::Process, programs::WISP, run::run};

/// What the drain of a process that has nothing left to do must not exceed.
const QUICK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn hangup_reads_the_file_again_and_forgets_failures() {
    let emulator = emulator(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wisp.toml");
    fs::write(&file, "resources = [\"https://vault.azure.net\"]\n").unwrap();
    let wisp = Wisp::start(&emulator, &[("WISP_CONFIG", file.to_str().unwrap())]).await;

    let refused = wisp.token(STORAGE).await;
    assert_eq!((refused.status(), refused.text("error").as_str()), (400, "invalid_resource"));
    emulator
        .add_fault(Fault::from(FaultKind::Aadsts(500_011)).times(1))
        .unwrap();
    for _ in 0..2 {
        assert_eq!(wisp.token(VAULT).await.status(), 400);
    }
    assert_eq!(exchanges(&emulator).len(), 1, "the refusal was not remembered");

    fs::write(&file, "resources = []\n").unwrap();
    wisp.reload().await;
    wisp.token(VAULT).await.granted();
    wisp.token(STORAGE).await.granted();

    fs::write(&file, "resuorces = []\n").unwrap();
    wisp.reload().await;
    let line = wisp
        .log()
        .into_iter()
        .rfind(|line| line["operation"] == "reload")
        .unwrap();
    assert_eq!((&line["result"], &line["errorCategory"]), (&"failure".into(), &"configuration".into()));
    let message = line["message"].as_str().unwrap();
    assert!(
        message.contains("`resuorces`") && message.contains("the running configuration stays"),
        "{message}"
    );
    wisp.token(VAULT).await.granted();
}

#[tokio::test]
async fn termination_lets_a_request_finish() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    emulator
        .add_fault(FaultKind::Delay { milliseconds: 400 })
        .unwrap();
    asked_and_then_ended(&wisp, &emulator).await.granted();
}

#[tokio::test]
async fn termination_does_not_wait_for_what_takes_too_long() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_DRAIN_TIMEOUT", "400ms")]).await;
    emulator.add_fault(FaultKind::Hang).unwrap();
    let answer = asked_and_then_ended(&wisp, &emulator).await;
    assert_eq!((answer.status(), answer.header("retry-after")), (503, Some("1")));
}

#[tokio::test]
async fn termination_answers_whoever_waits_even_without_a_drain() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_DRAIN_TIMEOUT", "0s")]).await;
    emulator.add_fault(FaultKind::Hang).unwrap();
    let answer = asked_and_then_ended(&wisp, &emulator).await;
    assert_eq!((answer.status(), answer.header("retry-after")), (503, Some("1")));
}

#[tokio::test]
async fn termination_can_wait_for_those_who_may_still_ask() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_LINGER", "1h")]).await;
    wisp.signal("TERM");
    wisp.line("SIGTERM received, still answering").await;
    wisp.token(VAULT).await.granted();
    wisp.reload().await;
    assert_eq!((wisp.admin("/readyz").await.status(), wisp.admin("/livez").await.status()), (200, 200));
    wisp.signal("TERM");
    let (code, took) = wisp.ended().await;
    assert!(code == Some(0) && took < QUICK, "{code:?} after {took:?}");
    assert_eq!(wisp.line("ending").await["because"], "another signal");

    let wisp = Wisp::start(&emulator, &[("WISP_LINGER", "300ms")]).await;
    wisp.signal("TERM");
    let (code, took) = wisp.ended().await;
    assert!(code == Some(0) && took >= Duration::from_millis(250), "{code:?} after {took:?}");
    assert_eq!(wisp.line("ending").await["because"], "WISP_LINGER is over");

    let wisp = Wisp::start(&emulator, &[("WISP_LINGER", "1h")]).await;
    wisp.signal("INT");
    let (code, took) = wisp.ended().await;
    assert!(code == Some(0) && took < QUICK, "a terminal waits for it: {code:?} after {took:?}");
}

/// Asks for a token, and ends wisp once Entra has been asked. That must be quick, and cut nobody off.
async fn asked_and_then_ended(wisp: &Wisp, emulator: &Emulator) -> Message {
    let ending = async {
        asked(emulator).await;
        wisp.signal("TERM");
    };
    let (answer, ()) = tokio::join!(wisp.token(VAULT), ending);
    let (code, took) = wisp.ended().await;
    assert_eq!(code, Some(0));
    assert!(took < QUICK, "{took:?}");
    assert_eq!(wisp.line("ended").await["connections_cut_off"], 0);
    answer
}

#[tokio::test]
async fn metrics_and_probes_are_answered_until_the_last_token_is_out() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_DRAIN_TIMEOUT", "10s")]).await;
    until_ready(&wisp).await;
    emulator
        .add_fault(Fault::from(FaultKind::Delay { milliseconds: 1500 }).times(1))
        .unwrap();
    let ending = async {
        asked(&emulator).await;
        wisp.signal("TERM");
        while tokio::net::TcpStream::connect(wisp.listen[0]).await.is_ok() {
            sleep(Duration::from_millis(2)).await;
        }
        let unready = wisp.admin("/readyz").await;
        assert_eq!(unready.status(), 503);
        assert!(unready.body.contains("not ending"), "{}", unready.body);
        assert_eq!((wisp.admin("/livez").await.status(), wisp.admin("/metrics").await.status()), (200, 200));
    };
    let (answer, ()) = tokio::join!(wisp.token(VAULT), ending);
    answer.granted();
    assert_eq!(wisp.ended().await.0, Some(0));
}

/// Waits until wisp is ready: it serves some milliseconds before it has read the root certificates.
async fn until_ready(wisp: &Wisp) {
    let waiting = Instant::now();
    while wisp.admin("/readyz").await.status() != 200 {
        assert!(waiting.elapsed() < Duration::from_secs(20), "wisp never gets ready");
        sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until Entra has been asked.
async fn asked(emulator: &Emulator) {
    let waiting = Instant::now();
    while exchanges(emulator).is_empty() {
        assert!(waiting.elapsed() < Duration::from_secs(20), "Entra is never asked");
        sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_setting() {
    let emulator = emulator(|_| {}).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for setting in ["WISP_LISTEN", "WISP_ADMIN_LISTEN"] {
        let ran = run(&mut command(&emulator, &[(setting, &address.to_string())]));
        assert_eq!(ran.code, 1, "{ran:?}");
        let messages = ran.messages;
        let expected = format!("port {} is taken", address.port());
        assert!(messages.contains(&expected) && messages.contains(setting), "{messages}");
    }
}

#[tokio::test]
async fn probes_tell_alive_from_ready() {
    let emulator = emulator(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    let path = token_file.to_str().unwrap();
    let wisp = Wisp::start(&emulator, &[("AZURE_FEDERATED_TOKEN_FILE", path)]).await;
    let probe = |check: &str| {
        run(Command::new(WISP)
            .args(["probe", check, "--admin", &wisp.admin.to_string()])
            .env_clear())
    };
    assert_eq!((wisp.admin("/livez").await.status(), probe("live").code, probe("started").code), (200, 0, 0));
    let unready = wisp.admin("/readyz").await;
    assert_eq!(unready.status(), 503);
    assert!(unready.body.contains(path), "{}", unready.body);
    let ran = probe("ready");
    assert!(ran.code == 1 && ran.messages.contains(path), "{ran:?}");

    fs::copy(emulator.token_path().unwrap(), &token_file).unwrap();
    until_ready(&wisp).await;
    assert_eq!(probe("ready").code, 0);
    assert_eq!(wisp.admin("/metadata/identity/oauth2/token").await.status(), 404);
}

#[tokio::test]
async fn a_probe_can_wait_for_the_start() {
    let emulator = emulator(|_| {}).await;
    let admin = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let probe = |wait: &str| {
        let mut command = Command::new(WISP);
        command
            .args(["probe", "started", "--admin", &admin, "--wait", wait])
            .env_clear();
        command
    };
    let ran = run(&mut probe("200ms"));
    let messages = ran.messages.replace(&admin, "ADDR");
    assert_eq!(ran.code, 1, "{messages}");
    insta::assert_snapshot!(messages, @"error: gave up after 200ms: http://ADDR/livez does not answer: Connection refused (os error 111); there is no socket for probes");
    let waiting = Process::start(&mut probe("60s"));
    sleep(Duration::from_millis(100)).await;
    assert!(waiting.is_running(), "it does not wait");
    let _wisp = Wisp::start(&emulator, &[("WISP_ADMIN_LISTEN", &admin)]).await;
    let (ended, _) = tokio::task::spawn_blocking(move || waiting.ended().unwrap())
        .await
        .unwrap();
    assert!(ended.success(), "{ended:?}");
}

#[tokio::test]
async fn readiness_can_wait_for_the_first_token() {
    let emulator = emulator(|_| {}).await;
    emulator.add_fault(FaultKind::Hang).unwrap();
    let env = [("WISP_PREFETCH", VAULT), ("WISP_READY_AFTER_PREFETCH", "true")];
    let wisp = Wisp::start(&emulator, &env).await;
    assert_eq!(wisp.admin("/livez").await.status(), 200);
    let unready = wisp.admin("/readyz").await;
    assert_eq!(unready.status(), 503);
    assert!(unready.body.contains("prefetch"), "{}", unready.body);
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    for _ in 0..2 {
        wisp.token(VAULT).await.granted();
    }
    emulator.add_fault(FaultKind::Aadsts(500_011)).unwrap();
    assert_eq!(wisp.token(STORAGE).await.status(), 400);
    let answer = wisp.admin("/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "azure_identity_token_acquisition_success_total{PLACE} 1",
        r#"azure_identity_token_acquisition_failure_total{PLACE,category="resource",aadsts="500011"} 1"#,
        r#"azure_identity_token_acquisition_failure_total{PLACE,category="federated_credential",aadsts="700213"} 0"#,
        "azure_federated_credential_errors_total{PLACE} 0",
        "azure_identity_token_acquisition_latency_seconds_count{PLACE} 2",
        r#"wisp_requests_total{dialect="imds",status="200",cache="exchanged"} 1"#,
        r#"wisp_requests_total{dialect="imds",status="200",cache="hit"} 1"#,
        r#"wisp_requests_total{dialect="imds",status="200",cache="stale"} 0"#,
        r#"wisp_refused_requests_total{reason="identity_unknown"} 0"#,
        r#"wisp_requests_total{dialect="imds",status="400",cache="none"} 1"#,
        "wisp_cached_tokens 1",
    ] {
        let line = line.replace("PLACE", r#"namespace="default",service_account="app""#);
        assert!(answer.body.contains(&line), "{line} in {}", answer.body);
    }
    assert!(!answer.body.contains(CLIENT_ID), "client ids are hashed unless asked otherwise");
}

#[tokio::test]
async fn what_start_up_lacks_is_said_once_and_when_it_comes() {
    let emulator = emulator(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let (token, roots) = (folder.path().join("token"), folder.path().join("ca.pem"));
    let ca = emulator
        .environment()
        .into_iter()
        .find(|(name, _)| *name == "SSL_CERT_FILE")
        .unwrap()
        .1;
    let env =
        [("AZURE_FEDERATED_TOKEN_FILE", token.to_str().unwrap()), ("SSL_CERT_FILE", roots.to_str().unwrap())];
    let wisp = Wisp::start(&emulator, &env).await;
    for path in [&token, &roots] {
        // The first line of the log names the token file too.
        let line = wisp.line(&format!("{} (", path.display())).await;
        assert_eq!((&line["level"], &line["operation"]), (&"WARN".into(), &"start".into()));
    }
    fs::write(&roots, "rubbish").unwrap();
    fs::copy(emulator.token_path().unwrap(), &token).unwrap();
    assert_eq!(wisp.line("the token file can be read now").await["level"], "INFO");
    fs::copy(&ca, &roots).unwrap();
    wisp.line("the root certificates can be read now").await;
    let warned = wisp
        .log()
        .into_iter()
        .filter(|line| line["operation"] == "start" && line["level"] == "WARN");
    assert_eq!(warned.count(), 2);
    wisp.token(VAULT).await.granted();
}

#[tokio::test]
async fn hangup_refuses_roots_that_cannot_be_read() {
    let emulator = emulator(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, roots) = (folder.path().join("wisp.toml"), folder.path().join("ca.pem"));
    fs::write(&file, "").unwrap();
    fs::write(&roots, "rubbish").unwrap();
    let wisp = Wisp::start(&emulator, &[("WISP_CONFIG", file.to_str().unwrap())]).await;
    fs::write(&file, format!("ca_file = {roots:?}\nresources = [\"https://nothing.example\"]\n")).unwrap();
    wisp.reload().await;
    let line = wisp.line("the running configuration stays").await;
    assert_eq!((&line["level"], &line["operation"]), (&"ERROR".into(), &"reload".into()));
    assert!(line["message"].as_str().unwrap().contains("WISP_CA_FILE"), "{line}");
    wisp.token(VAULT).await.granted();
}

#[tokio::test]
async fn hangup_prefetches_anew() {
    let emulator = emulator(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wisp.toml");
    fs::write(&file, "").unwrap();
    let wisp = Wisp::start(&emulator, &[("WISP_CONFIG", file.to_str().unwrap())]).await;
    until_ready(&wisp).await;
    fs::write(&file, "prefetch = [\"https://vault.azure.net\"]\nready_after_prefetch = true\n").unwrap();
    emulator
        .add_fault(FaultKind::Delay { milliseconds: 200 })
        .unwrap();
    wisp.reload().await;
    assert_eq!(wisp.admin("/readyz").await.status(), 503);
    asked(&emulator).await;
    wisp.line("exchanged").await;
    until_ready(&wisp).await;
}

#[tokio::test]
async fn hangup_names_what_needs_a_restart() {
    let emulator = emulator(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wisp.toml");
    fs::write(&file, "").unwrap();
    let wisp = Wisp::start(&emulator, &[("WISP_CONFIG", file.to_str().unwrap())]).await;
    fs::write(&file, "connect_timeout = \"4s\"\n").unwrap();
    wisp.reload().await;
    fs::write(&file, "log_format = \"text\"\ncache_tokens = 7\nconnect_timeout = \"4s\"\n").unwrap();
    wisp.reload().await;
    let warned: Vec<_> = wisp
        .log()
        .into_iter()
        .filter(|line| line["level"] == "WARN")
        .collect();
    let [line] = warned.as_slice() else { panic!("{warned:?}") };
    assert_eq!(line["message"], "changed settings take effect after a restart: `cache_tokens`, `log_format`");
}
