//! Applications that have the metadata service's address built in.

use serde_json::Value;

use super::stage::{APP, Pod, SIDECAR, TOKEN};
use crate::kit::run::run;

/// Asks for a token as `user` and looks at it.
fn token(pod: &Pod, user: u32, url: &str) {
    let ran = pod.curl(user, url);
    let answer: Value = serde_json::from_str(&ran.output).unwrap_or_default();
    let token = answer["access_token"].as_str().unwrap_or_default();
    assert!(ran.code == 0 && token.split('.').count() == 3, "user {user}: {ran:?}");
}

#[test]
fn get_a_token_through_the_redirect() {
    let pod = Pod::new();
    let entra = pod.entra();
    let ran = pod.redirected(&[]);
    insta::assert_snapshot!(ran.output, @"169.254.169.254:80 leads to 127.0.0.1:4254 (nftables, table ip wisp_redirect); proven by a connection");
    assert_eq!(ran.messages, "");
    let _sidecar = pod.serve(SIDECAR, &entra, &[]);
    for user in [APP, 0, 54255] {
        token(&pod, user, TOKEN);
    }
    // Java and Go ask by sockets of IPv6.
    let ran = run(pod
        .run_as(APP, &[], "curl")
        .args(["-sS", "--max-time", "10", "-H", "Metadata: true", TOKEN])
        .args(["--connect-to", "169.254.169.254:80:[::ffff:169.254.169.254]:80"]));
    assert!(ran.output.contains("access_token"), "{ran:?}");
}

#[test]
fn get_a_token_by_the_address_on_lo() {
    let pod = Pod::new();
    let entra = pod.entra();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let ran = pod.redirected(&["--mode", "lo"]);
    insta::assert_snapshot!(ran.output, @"169.254.169.254 is an address of lo, where wisp answers on port 80; proven by a connection");
    let sidecar = pod.serve(SIDECAR, &entra, &[]);
    sidecar.says("listening on the metadata service's address");
    for user in [APP, 0] {
        token(&pod, user, TOKEN);
    }
}

#[test]
fn get_refused_at_once_while_the_sidecar_is_down() {
    const REFUSED: i32 = 7;
    let pod = Pod::new();
    for mode in ["nft", "lo"] {
        pod.network
            .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
        pod.redirected(&["--mode", mode]);
        let ran = pod.curl(APP, TOKEN);
        assert_eq!(ran.code, REFUSED, "never the node's identity: {ran:?}");
    }
}
