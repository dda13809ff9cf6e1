//! Several webhooks of ours in a cluster, each for namespaces of its own.

use serde_json::json;

use super::scene::{Scene, wrong};

#[test]
fn what_one_webhook_selects_the_others_may_leave_alone() {
    let mut scene = Scene::of("orders");
    scene.both("orders", |pod| pod["metadata"]["labels"]["wisp/inject"] = json!("true"));
    let mut other = scene
        .object("MutatingWebhookConfiguration", "wisp-webhook")
        .clone();
    other["metadata"]["name"] = json!("wisp-webhook-other");
    for entry in other["webhooks"].as_array_mut().unwrap() {
        entry["namespaceSelector"] = json!({"matchLabels": {"team": "other"}});
    }
    scene.objects.push(other);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other", "labels": {"team": "other"}}});
    scene.objects.push(namespace);
    // The one Deployment of the scene may not patch the other's configuration.
    assert_eq!(wrong(&scene.dumped()), ["injector-rights"]);
}
