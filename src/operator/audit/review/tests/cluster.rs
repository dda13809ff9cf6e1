//! A cluster and an Azure, object by object.

use serde_json::{Value, json};

pub(super) const ISSUER: &str = "https://one.example/";
pub(super) const GROUP: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app";
pub(super) const ONE: &str = "10000000-0000-0000-0000-000000000000";

pub(super) fn object(api_version: &str, kind: &str, namespace: &str, name: &str, more: Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    let Value::Object(more) = more else { panic!("{more} is no object") };
    object.as_object_mut().unwrap().extend(more);
    object
}

pub(super) fn account(name: &str, client_id: &str) -> Value {
    let mut account = object("v1", "ServiceAccount", "shop", name, json!({}));
    if !client_id.is_empty() {
        account["metadata"]["annotations"]["azure.workload.identity/client-id"] = client_id.into();
    }
    account
}

pub(super) fn deployment(name: &str, account: &str, asks: bool) -> Value {
    let labels = if asks { json!({"azure.workload.identity/use": "true"}) } else { json!({}) };
    let spec = json!({"serviceAccountName": account, "containers": [{"name": "app", "image": "app"}]});
    object(
        "apps/v1",
        "Deployment",
        "shop",
        name,
        json!({"spec": {"template": {"metadata": {"labels": labels}, "spec": spec}}}),
    )
}

pub(super) fn identity(owner: Option<&str>) -> Value {
    let tags = owner.map_or_else(|| json!({}), |owner| json!({"owner": owner}));
    let id = format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders");
    json!({"id": id, "clientId": ONE, "principalId": "f0000000-0000-0000-0000-000000000000", "tags": tags})
}

pub(super) fn credential(account: &str) -> Value {
    let id = format!(
        "{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders/federatedIdentityCredentials/{account}"
    );
    json!({"id": id, "name": account, "issuer": ISSUER, "subject": format!("system:serviceaccount:shop:{account}"), "audiences": ["api://AzureADTokenExchange"]})
}

pub(super) fn role(name: &str, scope: &str) -> Value {
    json!({"principalId": "f0000000-0000-0000-0000-000000000000", "principalType": "ServicePrincipal", "roleDefinitionName": name, "scope": scope})
}

pub(super) fn vault_id() -> String {
    format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv")
}

pub(super) fn claim() -> Value {
    let managed = json!({"subscriptionId": "33333333-3333-3333-3333-333333333333", "resourceGroup": "app", "name": "orders"});
    let access = json!([{"role": "Key Vault Secrets User", "scope": vault_id()}]);
    object(
        "wisp/v1",
        "AzureWorkloadIdentityClaim",
        "shop",
        "orders",
        json!({"spec": {
            "issuer": ISSUER, "tenantId": "22222222-2222-2222-2222-222222222222", "managedIdentity": managed, "access": access,
        }}),
    )
}

pub(super) fn answers(list: Value) -> Value {
    let mut answers = json!({"apiVersion": "wisp/v1", "kind": "ReviewAnswers"});
    answers["answers"] = list;
    answers
}

/// A cluster and an Azure in which all that can be seen is as it should be.
pub(super) fn sound() -> Vec<Value> {
    let guard = json!({"spec": {"validations": [{"expression": "object.metadata.annotations['azure.workload.identity/client-id'] == ''"}]}});
    let bound = json!({"spec": {"policyName": "client-ids", "validationActions": ["Deny"]}});
    let rules = json!({"rules": [{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["*"]}]});
    let namespace = json!({"metadata": {"name": "shop", "labels": {"environment": "production"}}});
    vec![
        object("v1", "Namespace", "", "shop", namespace),
        account("orders", ONE),
        deployment("orders", "orders", true),
        identity(Some("team-orders")),
        credential("orders"),
        role("Key Vault Secrets User", &vault_id()),
        json!({"id": vault_id(), "name": "kv", "properties": {"enableRbacAuthorization": true}}),
        json!({"appId": ONE, "passwordCredentials": [], "keyCredentials": []}),
        json!({"id": "/subscriptions/x/providers/microsoft.insights/diagnosticSettings/all", "name": "all", "logs": [{"category": "Administrative", "enabled": true}]}),
        json!({"name": "aks", "identityProfile": {"kubeletidentity": {"clientId": "80000000-0000-0000-0000-000000000000"}}}),
        object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "", "client-ids", guard),
        object(
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding",
            "",
            "client-ids",
            bound,
        ),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", "", "edit", rules),
        object("monitoring.coreos.com/v1", "PodMonitor", "shop", "wisp", json!({"spec": {}})),
        claim(),
    ]
}
