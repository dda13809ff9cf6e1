//! Objects of a cluster in which all is well: `cart`, which the workload identity webhook serves, and `orders`, into which wisp was put.

use serde_json::{Value, json};

use crate::operator::manifest::items::each;

/// The client id, the object id and the tenant of the identity.
pub(super) const CLIENT_ID: &str = "11111111-1111-1111-1111-111111111111";
pub(super) const PRINCIPAL_ID: &str = "22222222-2222-2222-2222-222222222222";
const TENANT_ID: &str = "33333333-3333-3333-3333-333333333333";
/// A value that no output may have.
pub(super) const MARKED: &str = "hunter2-marked-secret";
pub(super) const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/t/i/";
/// When pods were made, and a time after that.
pub(super) const MADE: &str = "2026-01-01T00:00:00Z";
pub(super) const LATER: &str = "2026-01-01T00:10:00Z";

/// The objects of a file of the repository.
pub(super) fn file(text: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    each(text.as_bytes(), |item| objects.push(item.content.unwrap()));
    objects
}

/// All of them.
pub(super) fn all() -> Vec<Value> {
    let mut all = vec![
        namespace("shop", &json!({})),
        namespace("azwi", &json!({})),
        namespace("wisp-system", &json!({})),
    ];
    for name in ["default", "cart", "orders"] {
        all.push(account("shop", name, &json!({"azure.workload.identity/client-id": CLIENT_ID})));
    }
    all.extend(cart());
    all.extend(orders());
    all.extend(azwi());
    all.extend(file(include_str!("../../../../deploy/webhook/deployment.yaml")));
    all.extend(file(include_str!("../../../../deploy/webhook/rights.yaml")));
    all.extend(file(include_str!("../../../../deploy/webhook/configuration.yaml")));
    all.push(slice("wisp-system", "wisp-webhook", true));
    all
}

pub(super) fn namespace(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

pub(super) fn account(namespace: &str, name: &str, annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace, "annotations": annotations}})
}

pub(super) fn slice(namespace: &str, service: &str, ready: bool) -> Value {
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": service, "namespace": namespace,
        "labels": {"kubernetes.io/service-name": service}}, "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": ready}}]})
}

pub(super) fn event(kind: &str, name: &str, reason: &str, message: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("{name}.1"), "namespace": "shop"}, "type": "Warning",
        "involvedObject": {"kind": kind, "name": name}, "reason": reason, "message": message, "lastTimestamp": LATER})
}

/// A Deployment with its ReplicaSet and its one pod, of a template.
fn deployed(name: &str, template: &Value, pod: &Value, statuses: &(Value, Value)) -> Vec<Value> {
    let set = format!("{name}-7c9");
    let owner = |kind: &str, name: &str| json!([{"kind": kind, "name": name, "controller": true}]);
    let mut pod = pod.clone();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!(format!("{set}-x"));
    pod["metadata"]["namespace"] = json!("shop");
    pod["metadata"]["creationTimestamp"] = json!(MADE);
    pod["metadata"]["ownerReferences"] = owner("ReplicaSet", &set);
    pod["status"] =
        json!({"phase": "Running", "initContainerStatuses": statuses.0, "containerStatuses": statuses.1});
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop", "labels": {}},
            "spec": {"replicas": 1, "template": template}, "status": {"readyReplicas": 1}}),
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": set, "namespace": "shop",
            "ownerReferences": owner("Deployment", name)}, "spec": {"replicas": 1, "template": template}}),
        pod,
    ]
}

fn running(name: &str) -> Value {
    json!({"name": name, "image": "registry.example/it:1", "ready": true, "restartCount": 0, "state": {"running": {}}})
}

fn cart() -> Vec<Value> {
    let metadata =
        json!({"labels": {"app": "cart", "azure.workload.identity/use": "true"}, "annotations": {}});
    let secret = json!({"name": "DATABASE_PASSWORD", "value": MARKED});
    let template = json!({"metadata": metadata, "spec": {"serviceAccountName": "cart",
        "containers": [{"name": "app", "image": "registry.example/cart:1", "args": [MARKED], "env": [secret]}]}});
    let mut pod = template.clone();
    pod["spec"]["containers"][0]["env"] = json!([
        secret,
        {"name": "AZURE_CLIENT_ID", "value": CLIENT_ID},
        {"name": "AZURE_TENANT_ID", "value": TENANT_ID},
        {"name": "AZURE_FEDERATED_TOKEN_FILE", "value": "/var/run/secrets/azure/tokens/azure-identity-token"},
        {"name": "AZURE_AUTHORITY_HOST", "value": "https://login.microsoftonline.com/"},
    ]);
    pod["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "azure-identity-token", "mountPath": "/var/run/secrets/azure/tokens", "readOnly": true}]);
    pod["spec"]["volumes"] = json!([{"name": "azure-identity-token", "projected": {"sources": [{"serviceAccountToken":
        {"audience": "api://AzureADTokenExchange", "expirationSeconds": 3600, "path": "azure-identity-token"}}]}}]);
    deployed("cart", &template, &pod, &(json!([]), json!([running("app")])))
}

fn orders() -> Vec<Value> {
    let manifest = file(include_str!("../../../../tests/inject/deployment/redirect.yaml"));
    let deployment = manifest
        .iter()
        .find(|object| object["kind"] == "Deployment")
        .unwrap();
    let mut template = deployment["spec"]["template"].clone();
    // An application has its own, which nobody may see.
    template["spec"]["containers"][0]["env"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "API_KEY", "value": MARKED}));
    let init = json!({"name": "wisp-init", "ready": true, "state": {"terminated": {"exitCode": 0}}});
    let mut pod = template.clone();
    // As the API server fills it in.
    pod["spec"]["initContainers"][1]["volumeMounts"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}));
    pod["spec"]["initContainers"][1]["imagePullPolicy"] = json!("IfNotPresent");
    deployed("orders", &template, &pod, &(json!([init, running("wisp")]), json!([running("app")])))
}

fn azwi() -> Vec<Value> {
    let service = json!({"namespace": "azwi", "name": "azure-wi-webhook-webhook-service"});
    let bundle = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==";
    vec![
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "azure-wi-webhook-mutating-webhook-configuration"},
            "webhooks": [{"name": "mutation.azure-workload-identity.io", "failurePolicy": "Fail",
                "clientConfig": {"caBundle": bundle, "service": service}}]}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "azure-wi-webhook-webhook-service", "namespace": "azwi"}}),
        slice("azwi", "azure-wi-webhook-webhook-service", true),
    ]
}

/// What the Azure CLI lists.
pub(super) fn azure() -> Vec<Value> {
    let group = "/subscriptions/44444444-4444-4444-4444-444444444444/resourcegroups/shop/providers/Microsoft.ManagedIdentity";
    let id = format!("{group}/userAssignedIdentities/shop");
    let credential = |name: &str| {
        json!({"id": format!("{id}/federatedIdentityCredentials/{name}"), "name": name, "issuer": ISSUER,
            "subject": format!("system:serviceaccount:shop:{name}"), "audiences": ["api://AzureADTokenExchange"]})
    };
    vec![
        json!({"id": id, "name": "shop", "clientId": CLIENT_ID, "principalId": PRINCIPAL_ID, "tenantId": TENANT_ID}),
        credential("cart"),
        credential("orders"),
        json!({"principalId": PRINCIPAL_ID, "principalType": "ServicePrincipal", "roleDefinitionName": "Key Vault Secrets User",
            "scope": format!("{VAULTS}/shop")}),
        json!({"id": format!("{VAULTS}/shop"), "name": "shop", "properties": {"vaultUri": "https://shop.vault.azure.net/",
            "enableRbacAuthorization": true, "accessPolicies": [], "publicNetworkAccess": "Enabled"}}),
    ]
}

/// Where vaults are.
pub(super) const VAULTS: &str = "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/shop/providers/Microsoft.KeyVault/vaults";
