//! Listeners that are for the pod's own processes.

use super::stage::{APP, POD_IP, Pod, SIDECAR, TOKEN};
use crate::kit::{run::run, stub::Stub};

/// curl on the node, where the pod's neighbours would be.
fn from_outside(pod: &Pod, url: &str) -> (i32, String) {
    let ran = run(pod.node.command("curl").args([
        "-sS",
        "--noproxy",
        "*",
        "--max-time",
        "3",
        "-H",
        "Metadata: true",
        url,
    ]));
    (ran.code, ran.output + &ran.messages)
}

const REFUSED: i32 = 7;

/// A neighbour that routes the metadata service's address to the pod, which by itself would answer.
#[test]
fn on_the_address_on_lo_take_nothing_from_outside() {
    let pod = Pod::new();
    let entra = pod.entra();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    pod.redirected(&["--mode", "lo"]);
    let _sidecar = pod.serve(SIDECAR, &entra, &[]);
    pod.node.ip("address delete 169.254.169.254/32 dev lo");
    pod.node
        .ip(&format!("route add 169.254.169.254/32 via {POD_IP}"));
    let _open = Stub::start(&pod.network, "169.254.169.254:81", "the pod");
    assert_eq!(from_outside(&pod, "http://169.254.169.254:81/"), (0, "the pod".into()), "there is no way");
    let (code, text) = from_outside(&pod, TOKEN);
    assert_eq!(code, REFUSED, "{text}");
    assert!(pod.curl(APP, TOKEN).output.contains("access_token"));
}

/// A pod whose kernel was told to route loopback addresses like any other.
#[test]
fn on_loopback_take_nothing_from_outside() {
    let pod = Pod::new();
    let entra = pod.entra();
    pod.redirected(&[]);
    let sidecar = pod.serve(SIDECAR, &entra, &[]);
    for end in [&pod.network, &pod.node] {
        end.sysctl("net/ipv4/conf/all/route_localnet", "1");
        end.sysctl("net/ipv4/conf/eth0/route_localnet", "1");
    }
    pod.node.ip("address delete 127.0.0.1/8 dev lo");
    pod.node
        .ip(&format!("route add 127.0.0.1/32 via {POD_IP} src 10.77.0.1"));
    let _open = Stub::start(&pod.network, "127.0.0.1:81", "the pod");
    assert_eq!(from_outside(&pod, "http://127.0.0.1:81/"), (0, "the pod".into()), "there is no way");
    let (code, text) = from_outside(&pod, &TOKEN.replace("169.254.169.254", "127.0.0.1:4254"));
    assert!(code != 0 && !text.contains("access_token"), "{code} {text}");
    sidecar.says("closed a connection from outside this pod");
    assert!(pod.curl(APP, TOKEN).output.contains("access_token"));
}

#[test]
fn on_the_address_on_lo_that_may_not_be_had_are_missed_aloud() {
    let pod = Pod::new();
    let entra = pod.entra();
    pod.network.ip("address add 169.254.169.254/32 dev lo");
    let sidecar = pod.serve(SIDECAR, &entra, &[]);
    let line = sidecar.says("ip_unprivileged_port_start");
    assert!(line.contains("WARN"), "{line}");
}
