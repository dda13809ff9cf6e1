//! What wisp passes on to the node's metadata service where it was told to: wisp alone reaches that, and a request that comes
//! back to wisp ends there.

use serde_json::Value;
use wisp::names::PASSTHROUGH_DSCP;

use super::{
    asker::Asker,
    stage::{APP, IMDS, Pod, SIDECAR, TOKEN},
};
use crate::kit::{run::run, stub::Stub};

const PASSED_ON: [(&str, &str); 1] = [("WISP_PASSTHROUGH", "/metadata/instance")];
const LET_THROUGH: [&str; 2] = ["--passthrough-uid", "54254"];

#[test]
fn is_for_wisp_alone() {
    let pod = Pod::new();
    let node = Stub::start(&pod.node, IMDS, "the node");
    let entra = pod.entra();
    pod.redirected(&LET_THROUGH);
    let sidecar = pod.serve(SIDECAR, &entra, &PASSED_ON);
    assert_eq!(pod.asked_by(APP), "the node");
    let requests = node.requests();
    assert!(
        requests.len() == 1 && requests[0].header("x-wisp-passed-on") == Some("1"),
        "wisp asked, once: {requests:?}"
    );
    drop(sidecar);
    let _wisp = Stub::start(&pod.network, "127.0.0.1:4254", "wisp");
    for (user, dscp) in [
        // An application of wisp's own user, with nothing or with what programs choose.
        (SIDECAR, 0),
        (SIDECAR, 8),
        (SIDECAR, 46),
        (SIDECAR, PASSTHROUGH_DSCP - 1),
        (SIDECAR, 0b11_1111),
        // wisp's mark of another user.
        (APP, PASSTHROUGH_DSCP),
        (0, PASSTHROUGH_DSCP),
        (65_532, PASSTHROUGH_DSCP),
        (SIDECAR + 1, PASSTHROUGH_DSCP),
    ] {
        let asker = Asker { user, dscp };
        assert_eq!(asker.ask(&pod), "wisp", "{asker:?}");
    }
    assert_eq!(node.requests().len(), 1);
}

#[test]
fn is_never_for_identities() {
    let pod = Pod::new();
    let node = Stub::start(&pod.node, IMDS, "the node");
    let entra = pod.entra();
    pod.redirected(&LET_THROUGH);
    let _sidecar = pod.serve(SIDECAR, &entra, &PASSED_ON);
    let answer = pod.curl(SIDECAR, TOKEN).output;
    assert!(answer.contains("access_token"), "wisp's own: {answer}");
    for path in [
        "/metadata/identity/info?api-version=2018-02-01",
        "/metadata/instance/../identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net",
        "/metadata/instance/%2e%2e/identity/oauth2/token",
        "/metadata/instance/..%2fidentity/oauth2/token",
        "/metadata/instance//../identity/oauth2/token",
        "/Metadata/Identity/oauth2/token/x",
        // Not asked for, and so for nobody.
        "/metadata/attested/document",
    ] {
        let url = format!("http://169.254.169.254{path}");
        let asked = pod
            .run_as(APP, &[], "curl")
            .args(["-sS", "--path-as-is", "--max-time", "10", "-H", "Metadata: true", &url])
            .output();
        let answer = String::from_utf8(asked.unwrap().stdout).unwrap();
        assert!(answer.starts_with(r#"{"error":"#) && !answer.contains("the node\""), "{path}: {answer}");
    }
    assert!(node.requests().is_empty(), "{:?}", node.requests());
}

#[test]
fn that_was_not_let_through_ends_in_an_error_and_no_loop() {
    let pod = Pod::new();
    let node = Stub::start(&pod.node, IMDS, "the node");
    let entra = pod.entra();
    for (arguments, user) in [
        // The redirect was not told.
        (&[][..], SIDECAR),
        // As a pod-level `runAsUser` would have it.
        (&LET_THROUGH, 2000),
    ] {
        pod.redirected(arguments);
        let sidecar = pod.serve(user, &entra, &PASSED_ON);
        let answer: Value = serde_json::from_str(&pod.asked_by(APP)).unwrap();
        let reason = answer["error_description"].as_str().unwrap();
        assert!(reason.contains("wisp reached itself"), "{reason}");
        assert!(node.requests().is_empty(), "{:?}", node.requests());
        let lines = sidecar.log().lines().count();
        assert!(lines < 20, "{}", sidecar.log());
    }
}

/// The proof is a connection like an application's, so the user that makes it makes no difference.
#[test]
fn can_be_proven_by_its_own_user() {
    let pod = Pod::new();
    let _node = Stub::start(&pod.node, IMDS, "the node");
    let ran = run(pod
        .wisp(SIDECAR, &["net_admin"])
        .args(["redirect", "--mode", "nft"])
        .args(LET_THROUGH));
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.output + &ran.messages, @"169.254.169.254:80 leads to 127.0.0.1:4254 (nftables, table ip wisp_redirect; not for what wisp, as user 54254, passes on to the node); proven by a connection");
}

/// Tokens are worth more than what is passed on.
#[test]
fn is_given_up_where_only_the_address_on_lo_works() {
    let pod = Pod::new();
    pod.network.ip("route delete default");
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let ran = pod.redirected(&LET_THROUGH);
    insta::assert_snapshot!(ran.output + &ran.messages, @"
    169.254.169.254 is an address of lo, where wisp answers on port 80; proven by a connection
    warning: nftables could not be used: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 found no route
    warning: WISP_PASSTHROUGH has no effect: with the metadata service's address on `lo` nothing in this pod reaches the node's service
    ");
    let entra = pod.entra();
    let sidecar = pod.serve(SIDECAR, &entra, &PASSED_ON);
    sidecar.says("WISP_PASSTHROUGH cannot reach the node's metadata service");
    assert!(pod.curl(APP, TOKEN).output.contains("access_token"));
    assert!(pod.asked_by(APP).contains("wisp reached itself"));
}
