//! What is refused, with its exit code and its way out, and without a trace.

use super::{
    namespace::run,
    stage::{INIT, Pod, SIDECAR},
    stub::Stub,
};

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
    insta::assert_snapshot!(ran.messages, @"");
    let ran = with(&[in_cluster], &[]);
    assert_eq!(ran.code, 64);
    insta::assert_snapshot!(ran.messages, @"");
    assert_eq!(with(&[("WISP_POD_IP", "10.0.0.4")], &["--host-ip", "10.0.0.4"]).code, 78);
    let ran = with(&[("WISP_POD_IP", "me\n")], &[]);
    assert_eq!(ran.code, 64);
    insta::assert_snapshot!(ran.messages, @"");
    with(&[in_cluster, ("WISP_POD_IP", "10.244.0.4,fd00::4"), ("WISP_HOST_IP", "10.224.0.4")], &[]);
}

#[test]
fn to_prove_what_is_not_for_this_user() {
    let pod = Pod::new();
    let ran = run(pod.wisp(SIDECAR, &["net_admin"]).arg("redirect"));
    assert_eq!((ran.code, pod.network.rules()), (64, String::new()));
    insta::assert_snapshot!(ran.messages, @"");
    let ran = run(pod
        .wisp(SIDECAR, &["net_admin"])
        .args(["redirect", "--no-verify"]));
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn of_a_port_that_the_sidecar_could_not_have() {
    let pod = Pod::new();
    let taken = Stub::start(&pod.network, "127.0.0.1:4254", "somebody");
    let ran = pod.redirect(&[]);
    assert_eq!((ran.code, pod.network.rules()), (73, String::new()));
    insta::assert_snapshot!(ran.messages, @"");
    drop(taken);
    // Port 80 belongs to root here.
    let ran = pod.redirect(&["--mode", "lo"]);
    assert_eq!(ran.code, 73);
    insta::assert_snapshot!(ran.messages, @"");
    assert!(!pod.network.ip("address show dev lo").contains("169.254"), "it was left behind");
}
