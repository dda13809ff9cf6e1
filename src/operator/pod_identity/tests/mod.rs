//! Every spelling of the objects, and both modes.

mod assignment;
mod reading;

use serde_json::{Value, json};

use super::{Kind, Objects};

const ID: &str = "11111111-1111-1111-1111-111111111111";
const OTHER: &str = "22222222-2222-2222-2222-222222222222";
const TENANT: &str = "33333333-3333-3333-3333-333333333333";

fn resource_id(name: &str) -> String {
    format!(
        "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )
}

/// An object called `shop/orders`, or `namespace/name`.
fn object(name: &str, spec: &Value) -> Value {
    let (namespace, name) = name.split_once('/').unwrap_or(("shop", name));
    json!({"metadata": {"namespace": namespace, "name": name}, "spec": spec})
}

fn identity(name: &str, client_id: &str) -> (Kind, Value) {
    let resource_id = resource_id(name.rsplit('/').next().unwrap());
    (Kind::Identity, object(name, &json!({"type": 0, "resourceID": resource_id, "clientID": client_id})))
}

fn binding(name: &str, identity: &str, selector: &str) -> (Kind, Value) {
    (Kind::Binding, object(name, &json!({"azureIdentity": identity, "selector": selector})))
}

fn exception(name: &str, labels: &Value) -> (Kind, Value) {
    (Kind::Exception, object(name, &json!({"podLabels": labels})))
}

fn objects(all: &[(Kind, Value)]) -> Objects {
    let mut objects = Objects::default();
    for (kind, object) in all {
        objects.add(*kind, object, "default");
    }
    objects
}
