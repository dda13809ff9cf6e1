//! What is refused, with its exit code and its way out, and without a trace.

use super::stage::{INIT, Pod};
use crate::kit::{run::run, stub::Stub};

#[test]
fn of_the_nodes_network() {
    let pod = Pod::new();
    let with = |env: &[(&str, &str)], arguments: &[&str]| {
        let mut command = pod.wisp(INIT, &["net_admin"]);
        let ran = run(command
            .arg("redirect")
            .args(arguments)
            .envs(env.iter().copied()));
        assert_eq!((pod.network.rules().is_empty(), ran.code == 0), (ran.code != 0, ran.code == 0));
        ran
    };
    let in_cluster = ("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    let ran = with(&[in_cluster, ("WISP_POD_IP", "10.224.0.4"), ("WISP_HOST_IP", "10.224.0.4")], &[]);
    assert_eq!(ran.code, 78);
    insta::assert_snapshot!(ran.messages, @"error: this pod uses the network of its node (both have the address 10.224.0.4): a redirect would take the metadata service away from the whole node; take `hostNetwork` out of the pod, or inject with the mode `env` or `http-proxy`, which need no privilege");
    let ran = with(&[in_cluster], &[]);
    assert_eq!(ran.code, 64);
    insta::assert_snapshot!(ran.messages, @"error: cannot tell whether this pod uses the network of its node, which must not be changed; set WISP_POD_IP and WISP_HOST_IP by `fieldRef` from status.podIP and status.hostIP");
    assert_eq!(with(&[("WISP_POD_IP", "10.0.0.4")], &["--host-ip", "10.0.0.4"]).code, 78);
    let ran = with(&[("WISP_POD_IP", "me\n")], &[]);
    assert_eq!(ran.code, 64);
    insta::assert_snapshot!(ran.messages, @r"error: WISP_POD_IP cannot be `me\n`: expected an IP address, or several with commas between them");
    with(&[in_cluster, ("WISP_POD_IP", "10.244.0.4,fd00::4"), ("WISP_HOST_IP", "10.224.0.4")], &[]);
}

#[test]
fn to_let_somebody_through_by_the_address_on_lo() {
    let pod = Pod::new();
    let asked = ["--mode", "lo", "--passthrough-uid", "54254"];
    for more in [&[][..], &["--dry-run"], &["--no-verify"]] {
        let ran = pod.redirect(&[&asked[..], more].concat());
        assert_eq!(ran.code, 64, "{ran:?}");
        assert_eq!(ran.output, "");
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.messages, @"error: --passthrough-uid does not go with --mode lo: with the metadata service's address on `lo` nothing in this pod reaches the node's service; use `--mode nft`, or leave the flag out and empty WISP_PASSTHROUGH");
        }
    }
    assert!(!pod.network.ip("address show dev lo").contains("169.254"), "it was made");
}

#[test]
fn of_a_port_that_the_sidecar_could_not_have() {
    let pod = Pod::new();
    let taken = Stub::start(&pod.network, "127.0.0.1:4254", "somebody");
    let ran = pod.redirect(&[]);
    assert_eq!((ran.code, pod.network.rules()), (73, String::new()));
    insta::assert_snapshot!(ran.messages, @"error: port 4254 is taken by another process of this pod; if that is wisp itself, start it after this command or pass --no-verify, otherwise choose another one with --port and WISP_LISTEN");
    drop(taken);
    // Port 80 belongs to root here.
    let ran = pod.redirect(&["--mode", "lo"]);
    assert_eq!(ran.code, 73);
    insta::assert_snapshot!(ran.messages, @"error: wisp could not listen on port 80 of the address on lo, which is for privileged users here; set the pod's sysctl `net.ipv4.ip_unprivileged_port_start` to 80, or inject with the mode `env` or `http-proxy`, which need no privilege");
    assert!(!pod.network.ip("address show dev lo").contains("169.254"), "it was left behind");
}
