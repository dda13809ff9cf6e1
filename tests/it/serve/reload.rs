//! SIGHUP: what a file that is read again changes, and what it cannot.

use std::fs;

use ::wisp::emulator::{Fault, FaultKind};

use super::wisp::{STORAGE, VAULT, Wisp, emulator, exchanges, until_asked, until_ready};

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
    until_asked(&emulator).await;
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
    assert_eq!(
        line["message"],
        "these changed settings take effect only after a restart: `cache_tokens`, `log_format`"
    );
}
