//! wisp in the containers that the webhook of Azure workload identity writes for its own proxy, which is started before its init
//! container where it is a native sidecar.

use std::process::Stdio;

use super::{
    programs::File,
    stage::{APP, Pod, SIDECAR, TOKEN},
};
use crate::kit::{
    process::Process,
    run::{Ran, run},
    stub::Stub,
};

const PORT: &str = "8000";

/// The init container: root, no arguments.
fn redirect(pod: &Pod, env: &[(&str, &str)]) -> Ran {
    run(pod
        .wisp(0, &["net_admin"])
        .env("PROXY_PORT", PORT)
        .envs(env.iter().copied()))
}

#[test]
fn the_redirect_leads_to_a_proxy_that_is_there_already() {
    let pod = Pod::new();
    let entra = pod.entra();
    let mut command = pod.wisp(SIDECAR, &[]);
    command
        .args(["--proxy-port=8000", "--log-level=", "--metrics-backend=prometheus"])
        .envs(entra.environment().iter().cloned())
        .stdin(Stdio::null());
    let sidecar = Process::start(&mut command);
    let line = |words: &str| {
        sidecar
            .line(words)
            .unwrap_or_else(|error| panic!("{error}"))
    };
    line("wisp is serving");
    line("the argument `--metrics-backend` means nothing to wisp and is ignored");
    let probe = run(pod
        .wisp(SIDECAR, &[])
        .args(["--proxy-port=8000", "--probe", "--log-level="]));
    assert_eq!((probe.code, probe.messages.as_str()), (0, ""));
    // A container that is started again runs it again.
    for _ in 0..2 {
        let ran = redirect(&pod, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.output, @"169.254.169.254:80 leads to 127.0.0.1:8000 (nftables, table ip wisp_redirect); proven by a connection");
        }
    }
    let asked = pod.curl(APP, TOKEN);
    assert!(asked.output.contains("access_token"), "{asked:?}");
}

#[test]
fn the_redirect_is_proven_before_the_proxy_is_there() {
    let pod = Pod::new();
    let ran = redirect(&pod, &[("PROXY_UID", "1501")]);
    assert_eq!((ran.code, pod.network.rules().contains("redirect to :8000")), (0, true), "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"warning: PROXY_UID=1501 means nothing to wisp and is ignored: the redirect exempts no user");
}

#[test]
fn a_redirect_that_leads_elsewhere_is_removed() {
    let pod = Pod::new();
    let first = "table ip first { chain output { type nat hook output priority -150; ip daddr 169.254.169.254 tcp dport 80 redirect to :9000; }; }\n";
    assert_eq!(pod.network.feed("nft -f -", first).code, 0);
    let (_proxy, _other) = ["127.0.0.1:8000", "127.0.0.1:9000"]
        .map(|address| Stub::start(&pod.network, address, "somebody"))
        .into();
    let ran = redirect(&pod, &[]);
    assert_eq!((ran.code, pod.network.rules().contains("wisp_redirect")), (76, false), "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 reached another process; look for a rule that comes first, by `nft list ruleset` in the pod's network namespace, or inject with the mode `env` or `http-proxy`, which need no privilege");
}

#[test]
fn in_a_cluster_the_network_has_to_be_known() {
    let pod = Pod::new();
    // The machine's hosts file is not the kubelet's.
    let in_cluster = ("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assert_eq!(redirect(&pod, &[in_cluster]).code, 64);
    assert_eq!(pod.network.rules(), "");
    let addresses = [in_cluster, ("WISP_POD_IP", "10.244.0.4"), ("WISP_HOST_IP", "10.224.0.4")];
    assert_eq!(redirect(&pod, &addresses).code, 0);
}

#[test]
fn the_hook_runs_a_file_of_its_own_name() {
    let pod = Pod::new();
    let folder = tempfile::tempdir().unwrap();
    let hook = folder.path().join("proxy");
    std::os::unix::fs::symlink(pod.programs.path(File::Plain), &hook).unwrap();
    let ran = run(std::process::Command::new(&hook)
        .arg("--version")
        .env_clear());
    assert_eq!((ran.code, ran.output.split(' ').next()), (0, Some("wisp")));
    let ran = run(std::process::Command::new(&hook)
        .args(["--proxy-port=8000", "--log-level=loud"])
        .env_clear());
    assert_eq!(ran.code, 64);
    insta::assert_snapshot!(ran.messages, @"error: `--log-level` cannot be `loud` (an argument as of azwi's proxy): expected `info`, `debug`, `trace`, `all`, or nothing");
}
