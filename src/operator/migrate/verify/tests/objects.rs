//! Objects of the cluster, and what Entra knows of them.

use serde_json::{Value, json};

use super::ORDERS;
use crate::{
    emulator::{CredentialConfig, IdentityConfig, Kind},
    operator::cluster::{Collection, Object, fake::Fake},
};

/// An identity with a credential for the service account of its name.
pub(super) fn identity(name: &str, client_id: &str, object_id: &str) -> IdentityConfig {
    IdentityConfig {
        name: name.to_owned(),
        client_id: client_id.to_owned(),
        object_id: object_id.to_owned(),
        kind: Kind::Uami,
        resource_id: None,
        token_lifetime_seconds: None,
        disabled: false,
        without_service_principal: false,
        blocked_by_policy: false,
        federated_credentials: vec![credential(name, "cluster")],
    }
}

pub(super) fn credential(name: &str, issuer: &str) -> CredentialConfig {
    CredentialConfig {
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        subject: format!("system:serviceaccount:shop:{name}"),
        audience: "api://AzureADTokenExchange".to_owned(),
    }
}

pub(super) fn put(
    fake: &Fake,
    (root, resource, kind): (&'static str, &'static str, &'static str),
    name: &str,
    rest: &Value,
) {
    let mut object = json!({"metadata": {"namespace": "shop", "name": name}});
    for (key, value) in rest.as_object().unwrap() {
        if key == "metadata" {
            object[key]
                .as_object_mut()
                .unwrap()
                .extend(value.as_object().unwrap().clone());
        } else {
            object[key] = value.clone();
        }
    }
    fake.put_into(&Collection::at(root, resource, kind, Some("shop")), name, object);
}

/// The service account of the Deployment, with this client id.
pub(super) fn put_account(fake: &Fake, client_id: &str) {
    let annotations = json!({"azure.workload.identity/client-id": client_id});
    let account = json!({"metadata": {"namespace": "shop", "name": "orders", "annotations": annotations}});
    fake.put(&Object::service_account("shop", "orders"), account);
}

pub(super) const POD_IDENTITY: &str = "apis/aadpodidentity.k8s.io/v1";

pub(super) fn cluster() -> Fake {
    let fake = Fake::new();
    let identity = json!({"spec": {"type": 0, "clientID": ORDERS, "resourceID": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders"}});
    put(&fake, (POD_IDENTITY, "azureidentities", "AzureIdentity"), "orders", &identity);
    let binding = json!({"spec": {"azureIdentity": "orders", "selector": "orders"}});
    put(&fake, (POD_IDENTITY, "azureidentitybindings", "AzureIdentityBinding"), "orders", &binding);
    let spec = json!({"serviceAccountName": "orders", "containers": [{"name": "app", "image": "registry.example/orders:1"}]});
    let template = json!({"metadata": {"labels": {"aadpodidbinding": "orders"}}, "spec": spec});
    put(
        &fake,
        ("apis/apps/v1", "deployments", "Deployment"),
        "orders",
        &json!({"spec": {"template": template.clone()}}),
    );
    let owner = json!({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders", "controller": true}]});
    let set = json!({"metadata": owner, "spec": {"template": template}});
    put(&fake, ("apis/apps/v1", "replicasets", "ReplicaSet"), "orders-7d9f", &set);
    put_account(&fake, ORDERS);
    fake
}
