//! How things are broken.

use serde_json::{Value, json};

use crate::operator::doctor::tests::{
    objects::{event, file, namespace},
    scene::Scene,
};

pub(super) const USE: &str = "azure.workload.identity/use";

pub(super) fn unlabel(scene: &mut Scene) {
    scene.both("cart", |pod| {
        pod["metadata"]["labels"]
            .as_object_mut()
            .unwrap()
            .remove(USE);
    });
}

pub(super) fn label_as(scene: &mut Scene, value: &str) {
    scene.both("cart", |pod| pod["metadata"]["labels"][USE] = json!(value));
}

pub(super) fn cart_env(scene: &mut Scene, name: &str, value: &str) {
    let set = json!({"name": name, "value": value});
    scene.both("cart", |pod| {
        let env = pod["spec"]["containers"][0]["env"].as_array_mut().unwrap();
        env.retain(|one| one["name"] != set["name"]);
        env.push(set.clone());
    });
}

/// The identity that the account names, and the pod was given.
pub(super) fn named_as(scene: &mut Scene, id: &str) {
    scene.object("ServiceAccount", "cart")["metadata"]["annotations"] =
        json!({"azure.workload.identity/client-id": id});
    let env = scene.pod("cart")["spec"]["containers"][0]["env"]
        .as_array_mut()
        .unwrap();
    env.retain(|one| one["name"] != "AZURE_CLIENT_ID");
    env.push(json!({"name": "AZURE_CLIENT_ID", "value": id}));
}

pub(super) fn unnamed(scene: &mut Scene, metadata: Value) {
    let account = scene.object("ServiceAccount", "cart");
    account["metadata"]["annotations"] = json!({});
    account["metadata"]["labels"] = metadata;
    let env = scene.pod("cart")["spec"]["containers"][0]["env"]
        .as_array_mut()
        .unwrap();
    env.retain(|one| one["name"] != "AZURE_CLIENT_ID");
}

pub(super) fn configuration<'a>(scene: &'a mut Scene, name: &str) -> &'a mut Value {
    scene.object("MutatingWebhookConfiguration", name)
}

pub(super) const AZWI: &str = "azure-wi-webhook-mutating-webhook-configuration";

/// The namespace asks for wisp, and the pod of `cart`, which has no other way, has none.
pub(super) fn asks(scene: &mut Scene) {
    unlabel(scene);
    *scene.object("Namespace", "shop") = namespace("shop", &json!({"wisp/inject": "true"}));
    let pod = scene.pod("cart");
    pod["spec"]["containers"][0]["env"] = json!([]);
    pod["spec"]["containers"][0]["volumeMounts"] = json!([]);
    pod["spec"]["volumes"] = json!([]);
}

pub(super) fn policies(scene: &mut Scene, kept: &str) {
    let objects = file(include_str!("../../../../../deploy/policy/sidecar.yaml"));
    scene
        .objects
        .extend(objects.into_iter().filter(|object| object["kind"] == kept));
}

pub(super) fn not_made(scene: &mut Scene, message: &str) {
    scene.without_pod("cart");
    scene
        .objects
        .push(event("ReplicaSet", "cart-7c9", "FailedCreate", message));
}

pub(super) fn ended(code: i64, message: &str) -> Value {
    json!({"waiting": {"reason": "CrashLoopBackOff"}, "terminated": {"exitCode": code, "reason": "Error", "message": message}})
}

/// wisp-init ends so.
pub(super) fn init_ends(scene: &mut Scene, code: i64, message: &str) {
    let status = scene.status("orders", "wisp-init");
    status["ready"] = json!(false);
    status["state"] = json!({"terminated": ended(code, message)["terminated"]});
}

pub(super) fn failed_exchange(number: Option<u32>, description: &str) -> String {
    let line = json!({"time": "2026-01-01T00:05:00Z", "level": "WARN", "operation": "exchange", "result": "failure", "aadsts": number,
        "managedIdentityClientId": "11111111…", "azureResource": "https://vault.azure.net", "message": description});
    format!("{line}\n")
}

/// Changes the credential of `cart`.
pub(super) fn credential(scene: &mut Scene, field: &str, value: Value) {
    scene.azure[1][field] = value;
}
