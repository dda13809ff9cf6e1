//! What people see.

use serde_json::json;

use super::scene::Scene;
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
