//! `wisp probe` in a pod whose other containers and neighbours mean no good.

use std::{
    io::Write as _,
    net::TcpStream,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
};

use super::stage::{APP, Pod, SIDECAR};
use crate::kit::run::{Ran, run};

const NAME: &str = "wisp-probe-[::]:4255";

/// Asks a question once; for readiness again, because wisp serves some milliseconds before it has read the root certificates.
fn probe(pod: &Pod, user: u32, check: &str) -> Ran {
    let wait = if check == "ready" { "10s" } else { "0s" };
    run(pod.wisp(user, &[]).args(["probe", check, "--wait", wait]))
}

/// Asks at the socket for probes.
fn asked(pod: &Pod, user: u32) -> Ran {
    let curl = ["-sS", "--max-time", "5", "--abstract-unix-socket", NAME, "http://localhost/livez"];
    run(pod.run_as(user, &[], "curl").args(curl))
}

fn is_success(ran: &Ran) -> bool {
    ran.code == 0 && ran.messages.is_empty()
}

#[test]
fn are_answered_while_nobody_else_is() {
    let pod = Pod::new();
    let entra = pod.entra();
    let _sidecar = pod.serve(SIDECAR, &entra, &[]);
    let shut = "table inet shut { chain input { type filter hook input priority 0; tcp dport 4255 drop; }; }";
    let fed = pod.network.feed("nft -f -", shut);
    assert_eq!(fed.code, 0, "{fed:?}");
    for check in ["started", "ready", "live"] {
        let ran = probe(&pod, SIDECAR, check);
        assert!(is_success(&ran), "{check}: {ran:?}");
    }
    let ran = run(pod
        .wisp(SIDECAR, &[])
        .args(["probe", "started", "--wait", "10s"]));
    assert!(is_success(&ran), "{ran:?}");
    // The listener is closed to everyone, so this is the socket's own refusal.
    let ran = probe(&pod, APP, "live");
    insta::assert_snapshot!(ran.messages, @"error: http://127.0.0.1:4255/livez: no answer within 0.9 s; nor does the socket for probes: it belongs to user 54254, and wisp is user 1000");
}

#[test]
fn of_another_user_are_not_heard() {
    let pod = Pod::new();
    let entra = pod.entra();
    let sidecar = pod.serve(SIDECAR, &entra, &[]);
    assert_eq!(asked(&pod, SIDECAR).output, r#"{"live":true}"#);
    for user in [APP, 0] {
        let ran = asked(&pod, user);
        assert!(ran.code != 0 && ran.output.is_empty(), "{user}: {ran:?}");
    }
    sidecar.says("closed a connection of another user");
    assert!(is_success(&probe(&pod, SIDECAR, "live")));
    // Whose own socket is no use asks the listener.
    assert!(is_success(&probe(&pod, APP, "live")));
}

/// Another container that was there first.
#[test]
fn are_not_answered_by_who_took_the_name() {
    let pod = Pod::new();
    let entra = pod.entra();
    let address = SocketAddr::from_abstract_name(NAME).unwrap();
    let squatter = pod
        .network
        .inside(|| UnixListener::bind_addr(&address).unwrap());
    let ran = probe(&pod, SIDECAR, "live");
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"error: http://127.0.0.1:4255/livez does not answer: Connection refused (os error 111); nor does the socket for probes: it belongs to user 0, and wisp is user 54254");
    let sidecar = pod.serve(SIDECAR, &entra, &[]);
    sidecar.says("cannot listen at the socket for probes");
    assert!(is_success(&probe(&pod, SIDECAR, "ready")));
    drop(squatter);
}

/// Open files are few, and idle connections want them all.
#[test]
fn and_tokens_go_on_where_files_run_out() {
    let pod = Pod::new();
    let entra = pod.entra();
    let sidecar = pod.serve_through(SIDECAR, &entra, &[], &["prlimit", "--nofile=64:64"]);
    let line = sidecar.says("fewer files open");
    assert!(
        line.contains(r#""token_connections":24"#) && line.contains(r#""admin_connections":8"#),
        "{line}"
    );
    let mut idle = pod.network.inside(|| {
        ["127.0.0.1:4254", "127.0.0.1:4255"]
            .into_iter()
            .flat_map(|address| (0..100).map(move |_| TcpStream::connect(address).unwrap()))
            .collect::<Vec<_>>()
    });
    for stream in &mut idle {
        // Closed or not, it is all the same.
        let _ = stream.write_all(b"GET /");
    }
    // Connections, an exchange with its files, and the probe.
    let token =
        "http://127.0.0.1:4254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://";
    for resource in ["vault.azure.net", "storage.azure.com"] {
        let ran = pod.curl(APP, &format!("{token}{resource}"));
        assert!(ran.output.contains("access_token"), "{ran:?}");
    }
    assert!(
        pod.curl(APP, "http://127.0.0.1:4255/livez")
            .output
            .contains("true")
    );
    assert!(is_success(&probe(&pod, SIDECAR, "live")));
    assert!(!sidecar.log().contains("cannot accept"), "{}", sidecar.log());
}
