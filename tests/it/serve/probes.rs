//! Probes over HTTP and by `wisp probe`.

use std::{fs, net::TcpListener, process::Command, time::Duration};

use ::wisp::emulator::FaultKind;
use tokio::time::sleep;

use super::wisp::{VAULT, Wisp, emulator, until_ready};
use crate::kit::{process::Process, programs::WISP, run::run};

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
