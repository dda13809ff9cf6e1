//! wisp's own requests to the node's metadata service: exempt from the redirect, and stopped if they come back.

use serde_json::Value;

use super::{
    stage::{APP, Entra, IMDS, Pod, SIDECAR},
    stub::Stub,
};

const PASSED_ON: [(&str, &str); 1] = [("WISP_PASSTHROUGH", "/metadata/instance")];

#[test]
fn lets_the_sidecar_reach_the_node_and_nobody_else() {
    let pod = Pod::new();
    let service = Stub::start(&pod.node, IMDS, "the node");
    let entra = Entra::start(&pod);
    pod.redirected(&[]);
    let _sidecar = pod.serve(SIDECAR, &entra, &PASSED_ON);
    assert_eq!(pod.asked_by(APP), "the node");
    let heads = service.heads();
    assert!(heads.len() == 1 && heads[0].contains("x-wisp-passed-on: 1"), "wisp asked, once: {heads:?}");
    // What wisp does not pass on, nobody but wisp can ask.
    let asked = pod.curl(APP, "http://169.254.169.254/metadata/attested/document");
    assert!(asked.output.contains("not_found"), "{asked:?}");
    assert_eq!(service.heads().len(), 1);
    assert_eq!(pod.asked_by(SIDECAR), "the node");
}

#[test]
fn that_is_missing_ends_in_an_error_and_no_loop() {
    let pod = Pod::new();
    let service = Stub::start(&pod.node, IMDS, "the node");
    let entra = Entra::start(&pod);
    pod.redirected(&[]);
    // As a pod-level `runAsUser` would have it.
    let sidecar = pod.serve(2000, &entra, &PASSED_ON);
    let answer: Value = serde_json::from_str(&pod.asked_by(APP)).unwrap();
    let reason = answer["error_description"].as_str().unwrap();
    assert!(reason.contains("wisp reached itself"), "{reason}");
    assert_eq!(service.heads(), [""; 0]);
    let lines = sidecar.log().lines().count();
    assert!(lines < 20, "{}", sidecar.log());
}

#[test]
fn is_for_the_user_that_is_named() {
    let pod = Pod::new();
    let _service = Stub::start(&pod.node, IMDS, "the node");
    pod.redirected(&["--exempt-uid", "1000"]);
    let _wisp = Stub::start(&pod.network, "127.0.0.1:4254", "wisp");
    assert_eq!([APP, SIDECAR, 0].map(|user| pod.asked_by(user)), ["the node", "wisp", "wisp"]);
}
