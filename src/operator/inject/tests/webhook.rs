//! Beside the workload identity webhook.

use serde_json::json;

use super::{accepted, options, outcome, refused, template};

#[test]
fn the_webhook_gives_the_token_to_nobody_else() {
    let labelled = json!({"labels": {"azure.workload.identity/use": "true"}});
    let skip = "azure.workload.identity/skip-containers";
    let (_, edited) = accepted(&json!({}), &labelled, &[]);
    assert_eq!(edited["metadata"]["annotations"][skip], "app;wisp-init");
    assert!(edited["spec"].get("volumes").is_none());
    let (_, edited) = accepted(&json!({}), &labelled, &[("share-token", "true")]);
    assert_eq!(edited["metadata"]["annotations"][skip], "wisp-init");
    let (_, edited) = accepted(&json!({}), &labelled, &[("token", "own")]);
    assert_eq!(edited["metadata"]["annotations"][skip], "app;wisp-init;wisp");
    let (_, edited) = accepted(&json!({}), &json!({}), &[("token", "webhook")]);
    assert_eq!(edited["metadata"]["labels"]["azure.workload.identity/use"], "true");
    let listed = json!({"labels": {"azure.workload.identity/use": "true"}, "annotations": {skip: "app;x"}});
    let (_, edited) = accepted(&json!({}), &listed, &[]);
    assert_eq!(edited["metadata"]["annotations"][skip], "app;x;wisp-init");
    let ours = json!({"labels": {"azure.workload.identity/use": "true"}, "annotations": {skip: "wisp"}});
    insta::assert_snapshot!(refused(&json!({}), &ours, &[]), @"metadata.annotations.azure.workload.identity/skip-containers: annotation `azure.workload.identity/skip-containers` names `wisp`, which needs the token");
    let off = json!({"labels": {"azure.workload.identity/use": "false"}});
    insta::assert_snapshot!(refused(&json!({}), &off, &[("token", "webhook")]), @r#"metadata.labels.azure.workload.identity/use: label `azure.workload.identity/use` is "false", but the token is to come from the webhook, which needs "true""#);
}

#[test]
fn a_token_that_was_given_already_is_seen() {
    let mount = |name: &str| json!({"containers": [{"name": "app", "volumeMounts": [{"name": "x"}, {"name": name}]}]});
    let labelled = json!({"labels": {"azure.workload.identity/use": "true"}});
    let new = "azure-workload-identity-reserved-c64753f7c08bdb0e9dbabf167bb201";
    insta::assert_snapshot!(refused(&mount(new), &labelled, &[]), @"spec.containers[0].volumeMounts[1]: container `app` has the token of the workload identity webhook mounted already; inject what the pod is made from, before the webhook sees it, or let the application keep the token with `share-token`");
    for (name, metadata, choices) in [
        (new, &labelled, [("share-token", "true")].as_slice()),
        ("azure-identity", &labelled, &[]),
        // Mounted by the manifest itself.
        ("azure-identity-token", &json!({}), &[]),
    ] {
        accepted(&mount(name), metadata, choices);
    }
    assert!(outcome(&template(&mount("azure-identity-token"), &labelled), &options(&[])).is_err());
    let (_, edited) = accepted(&json!({}), &labelled, &[("share-token", "true"), ("token", "own")]);
    let skip = &edited["metadata"]["annotations"]["azure.workload.identity/skip-containers"];
    assert_eq!(skip, "wisp-init;wisp", "a second token is of no use");
}
