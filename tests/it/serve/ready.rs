//! Readiness that means something: what is missing is named, what can still be answered is not held back.

use std::{fs, process::Command, time::Duration};

use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::wisp::{STORAGE, VAULT, Wisp, command, emulator, exchanges};
use crate::kit::{http::Message, pki::pki, programs::WISP, run::run};

/// Asks until what is answered has `text` in it.
async fn readyz(wisp: &Wisp, text: &str) -> Message {
    let waiting = Instant::now();
    loop {
        let answer = wisp.admin("/readyz").await;
        if answer.body.contains(text) {
            return answer;
        }
        assert!(waiting.elapsed() < Duration::from_secs(20), "{text} never came: {}", answer.body);
        sleep(Duration::from_millis(20)).await;
    }
}

/// Exit code and message of `wisp probe`. The emulator lives on this thread, so another one waits.
async fn probe(wisp: &Wisp, arguments: &[&str], env: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(WISP);
    command
        .arg("probe")
        .args(arguments)
        .env_clear()
        .env("WISP_ADMIN_LISTEN", wisp.admin.to_string())
        .envs(env.iter().copied());
    let ran = spawn_blocking(move || run(&mut command)).await.unwrap();
    (ran.code, ran.output + &ran.messages)
}

#[tokio::test]
async fn a_pod_that_gets_no_token_is_not_ready_and_says_why() {
    let emulator = emulator(|_| ()).await;
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("ca.pem");
    fs::write(&foreign, &pki().other_pem).unwrap();
    for (wrong, why) in [
        (("AZURE_TENANT_ID", "99999999-9999-4999-8999-999999999999"), "AADSTS90002"),
        (("AZURE_CLIENT_ID", "99999999-9999-4999-8999-999999999999"), "AADSTS700016"),
        (("AZURE_AUTHORITY_HOST", "https://nowhere.invalid"), "nowhere.invalid"),
        (("SSL_CERT_FILE", foreign.to_str().unwrap()), "not trusted"),
    ] {
        let verify = [("WISP_VERIFY", "ready"), ("WISP_RESOURCES", VAULT), wrong];
        let wisp = Wisp::start(&emulator, &verify).await;
        let answer = readyz(&wisp, why).await;
        assert_eq!(answer.status(), 503, "{why}: {}", answer.body);
        assert!(answer.body.contains(r#""condition":"verification""#), "{}", answer.body);
        let (code, messages) = probe(&wisp, &["ready"], &[]).await;
        assert!(code == 1 && messages.contains(why), "{code}: {messages}");
    }
}

#[tokio::test]
async fn one_exchange_proves_that_tokens_are_available() {
    let emulator = emulator(|_| ()).await;
    let wisp = Wisp::start(&emulator, &[("WISP_VERIFY", "ready"), ("WISP_PREFETCH", STORAGE)]).await;
    let line = wisp.line("verified: tokens are available").await;
    assert_eq!(line["azureResource"], STORAGE);
    let answer = readyz(&wisp, r#""ready":true"#).await;
    assert_eq!((answer.status(), probe(&wisp, &["ready"], &[]).await.0), (200, 0), "{}", answer.body);
    let first = wisp.log().swap_remove(0);
    let message = first["message"].as_str().unwrap();
    assert!(
        message.starts_with("wisp ") && message.contains("wisp is ready once it has got a token for"),
        "{message}"
    );
    wisp.token(STORAGE).await.granted();
    assert_eq!(exchanges(&emulator).len(), 1, "the token of the proof was not kept");
}

#[tokio::test]
async fn the_log_alone_holds_nothing_back() {
    let emulator = emulator(|_| ()).await;
    let more = [
        ("WISP_VERIFY", "log"),
        ("WISP_RESOURCES", VAULT),
        ("AZURE_TENANT_ID", "99999999-9999-4999-8999-999999999999"),
    ];
    let wisp = Wisp::start(&emulator, &more).await;
    let line = wisp.line("not verified").await;
    assert!(line["message"].as_str().unwrap().contains("AADSTS90002"), "{line}");
    assert_eq!(readyz(&wisp, r#""ready":true"#).await.status(), 200);
}

#[tokio::test]
async fn tokens_in_hand_outlast_their_file() {
    let emulator = emulator(|_| ()).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    readyz(&wisp, r#""ready":true"#).await;
    let file = emulator.token_path().unwrap();
    let token = fs::read(&file).unwrap();
    let _ = fs::remove_file(&file);
    assert_eq!(readyz(&wisp, "token file readable").await.status(), 503);
    fs::write(&file, token).unwrap();
    wisp.token(VAULT).await.granted();
    fs::remove_file(&file).unwrap();
    let answer = readyz(&wisp, "degraded").await;
    assert_eq!(answer.status(), 200, "{}", answer.body);
    assert!(
        answer
            .body
            .contains("Tokens in hand are served until they end."),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn nobody_is_ready_without_root_certificates() {
    let emulator = emulator(|_| ()).await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    let wisp = Wisp::start(&emulator, &[("SSL_CERT_FILE", bundle.to_str().unwrap())]).await;
    let answer = readyz(&wisp, "SSL_CERT_FILE").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.body.contains(r#""condition":"root certificates""#), "{}", answer.body);
    let variables = emulator.environment();
    let (_, real) = variables
        .iter()
        .find(|(name, _)| *name == "SSL_CERT_FILE")
        .unwrap();
    fs::copy(real, &bundle).unwrap();
    assert_eq!(readyz(&wisp, r#""ready":true"#).await.status(), 200);
}

#[tokio::test]
async fn a_token_can_be_tried_without_a_shell() {
    let emulator = emulator(|_| ()).await;
    let wisp = Wisp::run(&emulator, command(&emulator, &[])).await;
    let listen = wisp.listen[0].to_string();
    let variables = emulator.environment();
    let mut env: Vec<(&str, &str)> = variables
        .iter()
        .filter(|(name, _)| name.starts_with("AZURE_"))
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    env.push(("WISP_LISTEN", &listen));
    let (code, messages) = probe(&wisp, &["token", "--resource", VAULT], &env).await;
    assert!(
        code == 0 && messages.contains("expires in: ") && !messages.contains("eyJ"),
        "{code}: {messages}"
    );
    let (code, messages) = probe(&wisp, &["token", "--resource", "api://nowhere"], &env).await;
    assert!(code == 1 && messages.contains("AADSTS500011"), "{code}: {messages}");
    let (code, messages) = probe(&wisp, &["token"], &env).await;
    assert!(code == 64 && messages.contains("--resource"), "{code}: {messages}");
}
