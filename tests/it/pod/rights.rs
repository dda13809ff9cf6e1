//! Which rights are needed: one capability, and no user in particular.

use super::stage::{INIT, Pod};
use crate::kit::run::run;

const PERMISSION: i32 = 77;

#[test]
fn are_the_capability_net_admin_and_nothing_else() {
    let pod = Pod::new();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    for user in [0, INIT, 1000] {
        for (capabilities, code) in [
            (&[][..], PERMISSION),
            (&["net_raw"], PERMISSION),
            (&["net_bind_service", "net_raw"], PERMISSION),
            (&["net_admin"], 0),
            (&["net_admin", "net_raw"], 0),
        ] {
            for backend in ["nft", "lo"] {
                let ran = run(pod
                    .wisp(user, capabilities)
                    .args(["redirect", "--mode", backend]));
                assert_eq!(ran.code, code, "user {user} with {capabilities:?} by {backend}: {ran:?}");
                let is_there = !pod.network.rules().is_empty()
                    || pod.network.ip("address show dev lo").contains("169.254");
                assert_eq!(is_there, code == 0, "user {user} with {capabilities:?} by {backend}");
                if code == 0 {
                    pod.redirected(&["--undo"]);
                }
            }
            let ran = run(pod.wisp(user, capabilities).args(["redirect", "--undo"]));
            assert_eq!(ran.code, code, "user {user} with {capabilities:?} undoes: {ran:?}");
        }
    }
}

#[test]
fn are_not_needed_to_say_what_would_be_done() {
    let pod = Pod::new();
    let ran = run(pod.wisp(1000, &[]).args(["redirect", "--dry-run"]));
    assert!(ran.code == 0 && ran.output.contains("redirect to :4254"), "{ran:?}");
}

#[test]
fn that_are_missing_are_named() {
    let pod = Pod::new();
    let ran = run(pod.wisp(INIT, &[]).arg("redirect"));
    assert_eq!(ran.code, PERMISSION);
    insta::assert_snapshot!(ran.messages, @"error: this container may not change its network: it lacks the capability NET_ADMIN; give it `capabilities: {drop: [ALL], add: [NET_ADMIN]}`, or inject with the mode `env` or `http-proxy`, which need no privilege");
}
