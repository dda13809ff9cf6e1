use serde_json::{Value, json};

use super::{ID, case};

fn messages(labels: Value, annotations: Value) -> String {
    case(&json!({}))
        .with("/metadata/labels", labels)
        .with("/metadata/annotations", annotations)
        .messages()
}

#[test]
fn labels_that_mean_something_else_are_told() {
    insta::assert_snapshot!(messages(json!({"aadpodidbinding": "orders"}), json!({})), @r#"metadata.labels.aadpodidbinding: label `aadpodidbinding` ("orders") is left over from AAD pod-managed identity: where that still runs, it gives this pod an identity by the metadata service as well; remove the label when wisp has taken over"#);
    insta::assert_snapshot!(messages(json!({"azure.workload.identity/use": "True"}), json!({})), @r#"metadata.labels.azure.workload.identity/use: label `azure.workload.identity/use` is "True", and the workload identity webhook looks for "true" only"#);
    insta::assert_snapshot!(messages(json!({"azure.workload.identity/used": "true"}), json!({})), @"metadata.labels.azure.workload.identity/used: nothing reads label `azure.workload.identity/used`; did you mean label `azure.workload.identity/use`?");
    insta::assert_snapshot!(messages(json!({}), json!({"azure.workload.identity/use": "true"})), @"metadata.annotations.azure.workload.identity/use: `azure.workload.identity/use` is an annotation here, and the workload identity webhook looks for a label");
    let standard = json!({"azure.workload.identity/client-id": ID});
    assert_eq!(messages(json!({}), standard.clone()), "");
    insta::assert_snapshot!(messages(json!({"azure.workload.identity/use": "true"}), standard), @"metadata.annotations.azure.workload.identity/client-id: annotation `azure.workload.identity/client-id` is read here by wisp, but the workload identity webhook, which comes to this pod, reads it on service accounts only");
    insta::assert_snapshot!(messages(json!({}), json!({"azure.workload.identity/skip-container": "a"})), @"metadata.annotations.azure.workload.identity/skip-container: nothing reads annotation `azure.workload.identity/skip-container`; did you mean `azure.workload.identity/skip-containers`?");
    insta::assert_snapshot!(messages(json!({}), json!({"azure.workload.identity/colour": "red"})), @"metadata.annotations.azure.workload.identity/colour: nothing reads annotation `azure.workload.identity/colour`; did you mean `azure.workload.identity/client-id`?");
}

#[test]
fn labels_of_others_are_their_own() {
    let labels =
        json!({"app.kubernetes.io/name": "x", "azure.workload.identity/use": "false", "identity": "x"});
    let annotations = json!({"prometheus.io/scrape": "true", "azure.workload.identity/use-identity-binding": "false",
        "azure.workload.identity/service-account-token-expiration": "3600", "azure.workload.identity/proxy-sidecar-port": "8000"});
    assert_eq!(messages(labels, annotations), "");
}
