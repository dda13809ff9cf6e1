//! What people see.

use serde_json::json;

use super::{objects::event, scene::Scene};
use crate::doctor::report::{Style, text};

/// A report without what differs from run to run.
async fn report(scene: &Scene, quiet: bool) -> String {
    text(&scene.live().await, Style { colour: false, quiet })
}

#[tokio::test(start_paused = true)]
async fn a_workload_that_is_well() {
    insta::assert_snapshot!(report(&Scene::of("orders"), false).await);
    assert_eq!(report(&Scene::of("orders"), true).await, "");
}

#[tokio::test(start_paused = true)]
async fn workloads_that_are_not() {
    let mut scene = Scene::of("cart");
    scene.azure[1]["issuer"] = json!("https://westeurope.oic.prod-aks.azure.com/t/i");
    scene.object("ServiceAccount", "cart")["metadata"]["namespace"] = json!("azwi");
    let mut all = report(&scene, true).await;
    let mut scene = Scene::of("orders");
    scene.log += r#"{"time":"2026-01-01T00:05:00Z","operation":"exchange","result":"failure","aadsts":700213,"message":"AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:orders'."}"#;
    scene.status("orders", "wisp")["ready"] = json!(false);
    all += &report(&scene, true).await;
    insta::assert_snapshot!(all);
}

/// What the tables of Entra's numbers and of exit codes say of a mount and of a crash.
#[tokio::test(start_paused = true)]
async fn failures_of_pods_that_tables_explain() {
    let mut scene = Scene::of("cart");
    scene.pod("cart")["status"]["phase"] = json!("Pending");
    scene.status("cart", "app")["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
    let message = "MountVolume.SetUp failed for volume \"secrets\": rpc error: failed to mount objects: AADSTS70021: No matching federated identity record found";
    scene
        .objects
        .push(event("Pod", "cart-7c9-x", "FailedMount", message));
    let mut all = report(&scene, true).await;
    let mut scene = Scene::of("orders");
    let status = scene.status("orders", "wisp");
    status["ready"] = json!(false);
    status["restartCount"] = json!(7);
    status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    status["lastState"] = json!({"terminated": {"exitCode": 64}});
    all += &report(&scene, true).await;
    insta::assert_snapshot!(all);
}
