use serde_json::{Value, json};

use super::{ID, OTHER, case, env, object};

fn messages(variables: &[(&str, &str)]) -> String {
    case(&env(variables)).messages()
}

#[test]
fn another_identity_is_reported() {
    insta::assert_snapshot!(messages(&[("AZURE_CLIENT_ID", OTHER)]), @"spec.containers[0].env[0]: container `app` sets `AZURE_CLIENT_ID` to `22222222-2222-2222-2222-222222222222`, but the client id of wisp is `11111111-1111-1111-1111-111111111111` by `client-id`; make both the same, or remove the variable");
    insta::assert_snapshot!(messages(&[("AZURE_TENANT_ID", "fabrikam.com")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_TENANT_ID` to `fabrikam.com`, but the tenant of wisp is `contoso.com` by `tenant-id`; make both the same, or remove the variable");
    assert_eq!(messages(&[("AZURE_CLIENT_ID", &ID.to_uppercase()), ("AZURE_TENANT_ID", "Contoso.com")]), "");
    let government = [("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")];
    assert_eq!(messages(&government), "", "nobody said which cloud wisp has");
    let same = case(&env(&[("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/")]));
    assert_eq!(
        same.choose("authority", "https://login.microsoftonline.us")
            .messages(),
        ""
    );
    // Known from beside the pod.
    let account = object(
        "ServiceAccount",
        "orders",
        &json!({"annotations": {"azure.workload.identity/client-id": ID}}),
    );
    let labelled = case(&env(&[("AZURE_CLIENT_ID", OTHER)]))
        .unchosen()
        .with("/metadata/labels", json!({"azure.workload.identity/use": "true"}))
        .beside(account);
    insta::assert_snapshot!(labelled.messages(), @"spec.containers[0].env[0]: container `app` sets `AZURE_CLIENT_ID` to `22222222-2222-2222-2222-222222222222`, but the client id of wisp is `11111111-1111-1111-1111-111111111111` by ServiceAccount `orders`; make both the same, or remove the variable");
}

#[test]
fn credentials_that_win_are_told_without_their_values() {
    let secret = messages(&[("AZURE_CLIENT_SECRET", "marked-secret")]);
    insta::assert_snapshot!(secret, @"spec.containers[0].env[0]: container `app` sets `AZURE_CLIENT_SECRET`, and DefaultAzureCredential tries EnvironmentCredential before a managed identity, so it does not ask wisp; remove what sets it up");
    insta::assert_snapshot!(messages(&[("AZURE_CLIENT_CERTIFICATE_PATH", "/certs/app.pem")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_CLIENT_CERTIFICATE_PATH`, and DefaultAzureCredential tries EnvironmentCredential before a managed identity, so it does not ask wisp; remove what sets it up");
    insta::assert_snapshot!(messages(&[("AZURE_USERNAME", "marked-name"), ("AZURE_PASSWORD", "marked-secret")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_USERNAME` and `AZURE_PASSWORD`, and DefaultAzureCredential tries EnvironmentCredential before a managed identity, so it does not ask wisp; remove what sets it up");
    insta::assert_snapshot!(messages(&[("AZURE_FEDERATED_TOKEN_FILE", "/token")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_FEDERATED_TOKEN_FILE`, and DefaultAzureCredential tries WorkloadIdentityCredential before a managed identity, so it does not ask wisp; remove what sets it up");
    insta::assert_snapshot!(messages(&[("AZURE_TOKEN_CREDENTIALS", "WorkloadIdentityCredential")]), @"spec.containers[0].env[0]: container `app` sets `AZURE_TOKEN_CREDENTIALS` to `WorkloadIdentityCredential`, which keeps DefaultAzureCredential from a managed identity, so it does not ask wisp; set it to `ManagedIdentityCredential`, or remove it");
    assert_eq!(messages(&[("AZURE_TOKEN_CREDENTIALS", "prod")]), "");
}

#[test]
fn what_a_container_takes_in_whole_is_seen() {
    let from = |from: Value| {
        case(&json!({"envFrom": [from]}))
            .beside(object(
                "ConfigMap",
                "conf",
                &json!({"data": {"AZURE_CLIENT_ID": OTHER, "CLIENT_SECRET": "marked"}}),
            ))
            .beside(object("Secret", "creds", &json!({"stringData": {"AZURE_CLIENT_SECRET": "marked"}})))
            .messages()
    };
    insta::assert_snapshot!(from(json!({"configMapRef": {"name": "conf"}})), @"spec.containers[0].envFrom[0]: container `app` sets `AZURE_CLIENT_ID` to `22222222-2222-2222-2222-222222222222` (from ConfigMap `conf`), but the client id of wisp is `11111111-1111-1111-1111-111111111111` by `client-id`; make both the same, or remove the variable");
    insta::assert_snapshot!(from(json!({"secretRef": {"name": "creds"}})), @"spec.containers[0].envFrom[0]: container `app` sets `AZURE_CLIENT_SECRET` (from Secret `creds`), and DefaultAzureCredential tries EnvironmentCredential before a managed identity, so it does not ask wisp; remove what sets it up");
    insta::assert_snapshot!(from(json!({"configMapRef": {"name": "conf"}, "prefix": "AZURE_"})), @"spec.containers[0].envFrom[0]: container `app` sets `AZURE_CLIENT_SECRET` (from ConfigMap `conf`), and DefaultAzureCredential tries EnvironmentCredential before a managed identity, so it does not ask wisp; remove what sets it up");
    assert_eq!(from(json!({"configMapRef": {"name": "other"}})), "");
    // What is listed wins.
    let listed = json!({"envFrom": [{"configMapRef": {"name": "conf"}}], "env": [{"name": "AZURE_CLIENT_ID", "value": ID}]});
    let conf = object("ConfigMap", "conf", &json!({"data": {"AZURE_CLIENT_ID": OTHER}}));
    assert_eq!(case(&listed).beside(conf.clone()).messages(), "");
    let key = json!({"env": [{"name": "AZURE_CLIENT_ID", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "AZURE_CLIENT_ID"}}}]});
    assert!(case(&key).beside(conf).messages().contains(OTHER));
    assert_eq!(case(&key).messages(), "");
}

#[test]
fn a_token_of_the_applications_own_is_told() {
    let volume = |audience: &str| json!([{"name": "mine", "projected": {"sources": [{"serviceAccountToken": {"audience": audience, "path": "t"}}]}}]);
    let with = |audience: &str| {
        case(&json!({"volumeMounts": [{"name": "mine", "mountPath": "/t"}]}))
            .with("/spec/volumes", volume(audience))
            .messages()
    };
    insta::assert_snapshot!(with("api://AzureADTokenExchange"), @"spec.containers[0].volumeMounts: container `app` mounts volume `mine` with a token that Entra accepts, so it can use the identity without wisp; remove the mount if only wisp should");
    assert_eq!(with("vault"), "");
    assert_eq!(
        case(&json!({}))
            .with("/spec/volumes", volume("api://AzureADTokenExchange"))
            .messages(),
        "",
        "nobody mounts it"
    );
}
