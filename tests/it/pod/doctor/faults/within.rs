//! Faults of what applications ask, and what else there is in the pod.

use super::{Case, Setup};
use crate::kit::{run::run, stub::Stub};
use crate::pod::doctor::{
    patient::{Patient, VAULT},
    served::Served,
};
use crate::pod::stage::{Pod, SIDECAR};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "wisp is not running",
        check: "listener",
        provoke: |_| Setup::variable("WISP_LISTEN", "127.0.0.1:9"),
    },
    Case {
        name: "something else has the port",
        check: "listener",
        provoke: |patient| {
            let server =
                Served::plain(&patient.pod.network, |_| Some((200, "Server: nginx\r\n", String::new())));
            Setup::variable("WISP_LISTEN", format!("127.0.0.1:{}", server.port)).server(server)
        },
    },
    Case {
        name: "what answers lets forged requests through",
        check: "guard",
        provoke: |patient| {
            let server =
                Served::plain(&patient.pod.network, |_| Some((200, "Server: wisp/0.1.0\r\n", "{}".into())));
            Setup::variable("WISP_LISTEN", format!("127.0.0.1:{}", server.port)).server(server)
        },
    },
    Case {
        name: "nothing answers probes",
        check: "ready",
        provoke: |_| Setup::variable("WISP_ADMIN_LISTEN", "127.0.0.1:9"),
    },
    Case {
        name: "wisp is not ready",
        check: "ready",
        provoke: |patient| {
            let server = Served::plain(&patient.pod.network, |_| {
                Some((503, "", r#"{"ready":false,"pending":[{"condition":"prefetch"}]}"#.into()))
            });
            Setup::variable("WISP_ADMIN_LISTEN", format!("127.0.0.1:{}", server.port)).server(server)
        },
    },
    Case {
        name: "the redirect was taken away",
        check: "redirect",
        provoke: |patient| {
            patient.pod.redirected(&["--undo"]);
            Setup::default()
        },
    },
];

#[test]
fn a_pod_that_is_not_redirected_reaches_the_node_and_is_told_so() {
    let pod = Pod::new();
    let _imds = Stub::start(&pod.node, "169.254.169.254:80", "node");
    let entra = pod.entra();
    let _sidecar = pod.serve(SIDECAR, &entra, &[("WISP_RESOURCES", VAULT)]);
    let mut command = pod.wisp(SIDECAR, &[]);
    command
        .args(["doctor", "--quiet"])
        .envs(entra.environment().iter().cloned())
        .env("WISP_RESOURCES", VAULT);
    let ran = run(&mut command);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.output, @"
    endpoint
    --------
    ‼ the node's own identity cannot be had
        this pod can ask the node's metadata service, and get tokens of the node's identity
        it has one
        fix: use mode redirect, restrict the node's metadata service to hostNetwork, or deny 169.254.169.254 by NetworkPolicy.
        see: docs/doctor.md#node-endpoint

    failed 0, warnings 1, passed 26, not checked 2
    ");
    let ran = run(command.args(["--redirected", "--only", "endpoint"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.output, @"
    endpoint
    --------
    ✗ requests for 169.254.169.254 come to wisp
        somebody else answers there
        fix: run `wisp redirect` in an init container with NET_ADMIN; `wispctl inject --mode redirect` adds it.
        see: docs/doctor.md#redirect
    ‼ the node's own identity cannot be had
        this pod can ask the node's metadata service, and get tokens of the node's identity
        it has one
        fix: use mode redirect, restrict the node's metadata service to hostNetwork, or deny 169.254.169.254 by NetworkPolicy.
        see: docs/doctor.md#node-endpoint

    failed 1, warnings 1, passed 4, not checked 0
    ");
}

#[test]
fn what_is_only_worth_a_look_does_not_fail() {
    let patient = Patient::new();
    let other = Served::plain(&patient.pod.network, |path| {
        let status = if path.contains("client_id") { 200 } else { 400 };
        Some((status, "Server: wisp/9.9.9\r\n", "{}".into()))
    });
    let listen = format!("127.0.0.1:{}", other.port);
    let answered = patient.doctor(&[("WISP_LISTEN", listen)], &["--only", "listener,version"]);
    assert_eq!((answered.code, answered.first("warning")), (0, Some("version")), "{answered:?}");

    let mut limited = patient.pod.run_as(SIDECAR, &[], "prlimit");
    let program = patient.command(&[], &[]);
    limited
        .args(["--nofile=64:64"])
        .arg(patient.program())
        .args(["doctor", "--output", "json"])
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let answered = patient.answered(&mut limited);
    assert_eq!((answered.code, answered.first("warning")), (0, Some("open-files")), "{answered:?}");
}
