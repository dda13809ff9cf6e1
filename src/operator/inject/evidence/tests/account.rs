use serde_json::{Value, json};

use super::{Case, ID, OTHER, case, object};

fn account(annotations: &Value) -> Value {
    object("ServiceAccount", "orders", &json!({"annotations": annotations}))
}

fn with(annotations: &Value) -> Case {
    case(&json!({})).unchosen().beside(account(annotations))
}

fn annotations(client_id: &str) -> Value {
    json!({"azure.workload.identity/client-id": client_id, "azure.workload.identity/tenant-id": "contoso.com"})
}

#[test]
fn the_identity_may_come_from_the_service_account() {
    let sidecar = with(&annotations(ID)).sidecar();
    assert_eq!(sidecar[0], json!({"name": "AZURE_CLIENT_ID", "value": ID}));
    assert_eq!(sidecar[1], json!({"name": "AZURE_TENANT_ID", "value": "contoso.com"}));
    assert_eq!(with(&annotations(ID)).messages(), "");
    // A choice wins, and each part is filled by itself.
    let mixed = with(&json!({"azure.workload.identity/client-id": ID})).choose("tenant-id", "fabrikam.com");
    assert_eq!(mixed.sidecar()[1]["value"], "fabrikam.com");
    assert_eq!(mixed.messages(), "");
    // The webhook says it where it has the pod, and a ConfigMap where one is chosen.
    let labelled =
        with(&annotations(ID)).with("/metadata/labels", json!({"azure.workload.identity/use": "true"}));
    assert_eq!(labelled.sidecar(), Value::Null);
    let mapped = with(&annotations(ID)).choose("config-map", "ids");
    assert!(!mapped.sidecar().to_string().contains(ID));
    // Objects with settings may name it, and what is written in the pod would win over them.
    let settings = with(&annotations(ID)).choose("settings-from", "configmap/ids");
    assert!(!settings.sidecar().to_string().contains(ID));
    // Another account, another namespace.
    let other = case(&json!({})).unchosen().beside(object(
        "ServiceAccount",
        "bills",
        &json!({"annotations": annotations(ID)}),
    ));
    assert!(other.refused().contains("no client id"));
}

#[test]
fn an_identity_that_cannot_be_taken_is_refused() {
    insta::assert_snapshot!(with(&annotations("orders")).refused(), @"spec.serviceAccountName: annotation `azure.workload.identity/client-id` of ServiceAccount `orders` cannot be `orders`: expected a GUID such as 00000000-1111-2222-3333-444444444444; correct it, or choose `client-id`");
    insta::assert_snapshot!(with(&annotations("")).refused(), @"spec.serviceAccountName: annotation `azure.workload.identity/client-id` of ServiceAccount `orders` cannot be ``: expected the client id of an identity, a GUID; correct it, or choose `client-id`");
    insta::assert_snapshot!(with(&annotations(ID)).beside(account(&annotations(OTHER))).refused(), @"spec.serviceAccountName: 2 service accounts `orders` are among the files and name different ones as the client id (11111111-1111-1111-1111-111111111111, 22222222-2222-2222-2222-222222222222); choose `client-id`, or inject their files one by one");
    insta::assert_snapshot!(with(&json!({"azure.workload.identity/clientId": ID, "azure.workload.identity/tenant-id": "contoso.com"})).refused(), @r#"
spec: no client id: give ServiceAccount `shop/orders` the annotation `azure.workload.identity/client-id`, give `--client-id` or annotation `wisp/client-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`
spec.serviceAccountName: nothing reads annotation `azure.workload.identity/clientId` of ServiceAccount `shop/orders`; did you mean annotation `azure.workload.identity/client-id`?
"#);
    // The same said twice is said once.
    assert_eq!(
        with(&annotations(ID))
            .beside(account(&annotations(ID)))
            .messages(),
        ""
    );
}

#[test]
fn an_account_that_contradicts_is_told() {
    let chosen = |annotations: Value| case(&json!({})).beside(account(&annotations)).messages();
    insta::assert_snapshot!(chosen(annotations(OTHER)), @"spec.serviceAccountName: the client id is `11111111-1111-1111-1111-111111111111` by `client-id`, but ServiceAccount `shop/orders` says `22222222-2222-2222-2222-222222222222` in annotation `azure.workload.identity/client-id`; make both the same, or remove the annotation");
    insta::assert_snapshot!(chosen(json!({"azure.workload.identity/tenant-id": "fabrikam.com"})), @"spec.serviceAccountName: the tenant is `contoso.com` by `tenant-id`, but ServiceAccount `shop/orders` says `fabrikam.com` in annotation `azure.workload.identity/tenant-id`; make both the same, or remove the annotation");
    insta::assert_snapshot!(chosen(annotations("not-a-guid")), @"spec.serviceAccountName: annotation `azure.workload.identity/client-id` of ServiceAccount `shop/orders` cannot be `not-a-guid`: expected a GUID such as 00000000-1111-2222-3333-444444444444; correct it");
    assert_eq!(chosen(annotations(&ID.to_uppercase())), "");
    assert_eq!(chosen(annotations(&format!(" {ID}\n"))), "");
    let map = object(
        "ConfigMap",
        "ids",
        &json!({"data": {"AZURE_CLIENT_ID": OTHER, "AZURE_TENANT_ID": "contoso.com"}}),
    );
    let mapped = with(&annotations(ID)).choose("config-map", "ids");
    insta::assert_snapshot!(mapped.messages(), @"spec: ConfigMap `ids` is not checked here, because it is not among the files (`kubectl get configmap ids -o yaml` writes one that can be); wisp checks it when it starts, and exits with code 64 and the reason if it is invalid");
    insta::assert_snapshot!(mapped.beside(map).messages(), @"spec.serviceAccountName: the client id is `22222222-2222-2222-2222-222222222222` by ConfigMap `ids`, but ServiceAccount `shop/orders` says `11111111-1111-1111-1111-111111111111` in annotation `azure.workload.identity/client-id`; make both the same, or remove the annotation");
}

#[test]
fn what_nobody_reads_on_an_account_is_told() {
    let chosen = |rest: Value| {
        case(&json!({}))
            .beside(object("ServiceAccount", "orders", &rest))
            .messages()
    };
    for misspelt in [
        "azure.workload.identity/clientid",
        "azure.workload.identity/client_id",
        "azure-workload-identity/client-id",
        "azure.workload.identity.io/client-id",
        "azure.workload.identity/principal",
    ] {
        let messages = chosen(json!({"annotations": {misspelt: ID}}));
        assert!(
            messages.contains(misspelt)
                && messages.contains("did you mean annotation `azure.workload.identity/client-id`?"),
            "{messages}"
        );
    }
    insta::assert_snapshot!(chosen(json!({"annotations": {"azure.workload.identity/tenantID": "x"}})), @"spec.serviceAccountName: nothing reads annotation `azure.workload.identity/tenantID` of ServiceAccount `shop/orders`; did you mean annotation `azure.workload.identity/tenant-id`?");
    insta::assert_snapshot!(chosen(json!({"labels": {"azure.workload.identity/client-id": ID}})), @"spec.serviceAccountName: nothing reads label `azure.workload.identity/client-id` of ServiceAccount `shop/orders`; did you mean annotation `azure.workload.identity/client-id`?");
    insta::assert_snapshot!(chosen(json!({"labels": {"azure.workload.identity/use": "true"}})), @"spec.serviceAccountName: `azure.workload.identity/use` is on ServiceAccount `shop/orders`, where the workload identity webhook does not look, and not among the labels of the pod: wisp uses a token of its own");
    assert_eq!(
        chosen(json!({"annotations": {"eks.amazonaws.com/role-arn": "x"}, "labels": {"app": "x"}})),
        ""
    );
    let expiration = json!({"azure.workload.identity/service-account-token-expiration": "3600"});
    assert_eq!(chosen(json!({"annotations": expiration})), "");
}

#[test]
fn an_account_that_everybody_has_is_told() {
    let shared = object("ServiceAccount", "default", &json!({"annotations": annotations(ID)}));
    let case = case(&json!({}))
        .with("/spec/serviceAccountName", json!("default"))
        .beside(shared);
    insta::assert_snapshot!(case.messages(), @"spec.serviceAccountName: every pod of the namespace that names no service account runs as `default`, and so can use the identity of this one; give the application an account of its own");
}
