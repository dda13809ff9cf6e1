//! Listeners that do not answer, or as they should not.

use std::io;

use zeroize::Zeroizing;

use super::{answer, configured, found, listening, refused, texts};
use crate::doctor::{
    Finding,
    pod::{
        ask::Answer,
        endpoint::{self, Listening},
        redirect,
    },
};

fn listened(listening: &Listening) -> Vec<Finding> {
    found(|chain| endpoint::judge(chain, &configured(&[]), listening, None))
}

fn imds(plain: io::Result<Answer>, mapped: io::Result<Answer>) -> Vec<Finding> {
    let info = Some(answer(200, "{}"));
    found(|chain| redirect::judge(chain, &redirect::Imds { plain, mapped, info }, true))
}

#[expect(clippy::unnecessary_wraps, reason = "others fail")]
fn stranger() -> io::Result<Answer> {
    Ok(Answer { status: 400, server: "Microsoft-IIS/10.0".into(), body: Zeroizing::default() })
}

pub(super) fn faults() -> Vec<Vec<Finding>> {
    let ok = || answer(400, "");
    let ready = || answer(200, r#"{"ready":true,"pending":[]}"#);
    let not_ready =
        r#"{"ready":false,"pending":[{"condition":"token file readable","reason":"It does not exist."}]}"#;
    let degraded = r#"{"ready":true,"pending":[],"degraded":[{"condition":"token file readable"}]}"#;
    vec![
        listened(&listening(refused(), ready())),
        listened(&listening(stranger(), ready())),
        listened(&listening(answer(200, ""), ready())),
        listened(&listening(ok(), answer(503, not_ready))),
        listened(&listening(ok(), answer(200, degraded))),
        listened(&listening(ok(), refused())),
        listened(&listening(
            ok(),
            Ok(Answer { status: 200, server: "nginx".into(), body: Zeroizing::new("{}".into()) }),
        )),
        imds(refused(), refused()),
        imds(stranger(), refused()),
        imds(ok(), stranger()),
    ]
}

#[test]
fn each_fault_is_shown_with_its_fix() {
    insta::assert_snapshot!(texts(faults()), @r"
endpoint
--------
✗ 127.0.0.1:4254: wisp answers where applications ask
    the connection is refused
    fix: look at the log of the container wisp; `wisp serve --check` checks its settings.
    see: docs/doctor.md#listener

failed 1, warnings 0, passed 0, not checked 2

endpoint
--------
✗ 127.0.0.1:4254: wisp answers where applications ask
    something else than wisp answers
    status 400, server `Microsoft-IIS/10.0`
    fix: let wisp have the port: stop what listens there, or set WISP_LISTEN.
    see: docs/doctor.md#listener

failed 1, warnings 0, passed 0, not checked 2

endpoint
--------
✗ it refuses what a forged request would send
    a request without the header Metadata is answered with 200
    at 127.0.0.1:4254
    fix: let nothing else listen on the port of `listen`.
    see: docs/doctor.md#guard

failed 1, warnings 0, passed 2, not checked 0

endpoint
--------
✗ it is ready
    /readyz answers 503
    token file readable: It does not exist.
    fix: do what /readyz names as pending.
    see: docs/doctor.md#ready

failed 1, warnings 0, passed 2, not checked 0

endpoint
--------
‼ it is ready
    it is ready, and not everything is as it should be
    token file readable
    fix: do what /readyz names as pending.
    see: docs/doctor.md#ready

failed 0, warnings 1, passed 2, not checked 0

endpoint
--------
✗ it is ready
    nothing answers at [::1]:4255: the connection is refused
    fix: set WISP_ADMIN_LISTEN here to what it is for `wisp serve`; see the log of the container wisp.
    see: docs/doctor.md#ready

failed 1, warnings 0, passed 2, not checked 0

endpoint
--------
✗ it is ready
    something else than wisp answers at [::1]:4255
    status 200, server `nginx`
    fix: let wisp have the port: stop what listens there, or set WISP_ADMIN_LISTEN.
    see: docs/doctor.md#ready

failed 1, warnings 0, passed 2, not checked 0

endpoint
--------
✗ requests for 169.254.169.254 come to wisp
    nobody answers there: the connection is refused
    fix: run `wisp redirect` in an init container with NET_ADMIN; `wispctl inject --mode redirect` adds it.
    see: docs/doctor.md#redirect

failed 1, warnings 0, passed 1, not checked 0

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

failed 1, warnings 1, passed 0, not checked 0

endpoint
--------
✗ requests for 169.254.169.254 come to wisp
    as [::ffff:169.254.169.254] the address leads to somebody else than wisp
    fix: run `wisp redirect` in an init container with NET_ADMIN; `wispctl inject --mode redirect` adds it.
    see: docs/doctor.md#redirect
‼ the node's own identity cannot be had
    this pod can ask the node's metadata service, and get tokens of the node's identity
    it has one
    fix: use mode redirect, restrict the node's metadata service to hostNetwork, or deny 169.254.169.254 by NetworkPolicy.
    see: docs/doctor.md#node-endpoint

failed 1, warnings 1, passed 0, not checked 0
");
}
