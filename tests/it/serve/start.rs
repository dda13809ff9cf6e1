//! The start: a port that is taken, and files that come later.

use std::{fs, net::TcpListener};

use super::wisp::{VAULT, Wisp, command, emulator};
use crate::kit::run::run;

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
