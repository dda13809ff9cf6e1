//! What works in another way is no fault.

use serde_json::{Value, json};

use super::scene::{Scene, wrong};

/// What is other than usual, of which workload, and by what.
type Variation = (&'static str, &'static str, fn(&mut Scene));

fn env<'a>(scene: &'a mut Scene, name: &str) -> &'a mut Vec<Value> {
    let containers = &mut scene.pod(name)["spec"]["containers"];
    containers[0]["env"].as_array_mut().unwrap()
}

fn mode(scene: &mut Scene, mode: &'static str) {
    scene.both("orders", |pod| {
        let record = pod["metadata"]["annotations"]["wisp/injected"]
            .as_str()
            .unwrap();
        let other = record.replace("\"redirect\"", &format!("\"{mode}\""));
        pod["metadata"]["annotations"]["wisp/injected"] = json!(other);
        pod["spec"]["initContainers"]
            .as_array_mut()
            .unwrap()
            .remove(0);
    });
}

fn application(scene: &mut Scene, name: &'static str, value: &'static str) {
    scene.both("orders", |pod| {
        let env = pod["spec"]["containers"][0]["env"].as_array_mut().unwrap();
        env.push(json!({"name": name, "value": value}));
    });
}

/// wisp's own variables.
fn settings(scene: &mut Scene, change: fn(&mut Vec<Value>)) {
    scene.both("orders", |pod| {
        change(
            pod["spec"]["initContainers"][1]["env"]
                .as_array_mut()
                .unwrap(),
        );
    });
    // What is written by hand is a warning of its own.
    scene.both("orders", |pod| {
        let record = pod["metadata"]["annotations"]["wisp/injected"]
            .as_str()
            .unwrap();
        let (before, rest) = record.split_once(",\"written\":").unwrap();
        let (_, after) = rest.split_once('"').unwrap().1.split_once('"').unwrap();
        pod["metadata"]["annotations"]["wisp/injected"] = json!(format!("{before}{after}"));
    });
}

const VARIATIONS: &[Variation] = &[
    ("mode env", "orders", |scene| {
        mode(scene, "env");
        application(scene, "IDENTITY_ENDPOINT", "http://127.0.0.1:4254/msi/token");
    }),
    ("mode manual, and told by hand", "orders", |scene| {
        mode(scene, "manual");
        application(scene, "MSI_ENDPOINT", "http://localhost:4254/metadata/identity/oauth2/token");
    }),
    ("the network of the node, without a redirect", "orders", |scene| {
        mode(scene, "http-proxy");
        scene.both("orders", |pod| pod["spec"]["hostNetwork"] = json!(true));
    }),
    ("a level of Pod Security, without a redirect", "orders", |scene| {
        mode(scene, "http-proxy");
        let labels = json!({"pod-security.kubernetes.io/enforce": "restricted"});
        *scene.object("Namespace", "shop") = super::objects::namespace("shop", &labels);
    }),
    ("several identities", "orders", |scene| {
        settings(scene, |env| {
            env.retain(|one| one["name"] != "AZURE_CLIENT_ID");
            env.push(json!({"name": "WISP_IDENTITIES", "value": "[]"}));
        });
        scene.object("ServiceAccount", "orders")["metadata"]["annotations"] = json!({});
    }),
    ("the identity of a ConfigMap", "orders", |scene| {
        settings(scene, |env| {
            env.retain(|one| one["name"] != "AZURE_CLIENT_ID");
            env.push(json!({"name": "AZURE_CLIENT_ID", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}));
        });
        scene.object("ServiceAccount", "orders")["metadata"]["annotations"] = json!({});
    }),
    ("a container that is left alone", "cart", |scene| {
        scene.both("cart", |pod| {
            pod["metadata"]["annotations"]["azure.workload.identity/skip-containers"] = json!("logs; more");
            let containers = pod["spec"]["containers"].as_array_mut().unwrap();
            containers.push(json!({"name": "logs", "image": "a"}));
        });
    }),
    ("the client id of the application itself", "cart", |scene| {
        scene.object("ServiceAccount", "cart")["metadata"]["annotations"] = json!({});
        let set = json!({"name": "AZURE_CLIENT_ID", "value": super::objects::CLIENT_ID});
        scene.object("Deployment", "cart")["spec"]["template"]["spec"]["containers"][0]["env"] = json!([set]);
    }),
    ("a token that the manifest projects", "cart", |scene| {
        let pod = scene.pod("cart").clone();
        scene.object("Deployment", "cart")["spec"]["template"]["spec"] = pod["spec"].clone();
        scene.both("cart", |pod| pod["metadata"]["labels"] = json!({"app": "cart"}));
    }),
    ("none wanted", "cart", |scene| {
        scene.without_pod("cart");
        scene.object("Deployment", "cart")["spec"]["replicas"] = json!(0);
    }),
    ("one that has ended", "orders", |scene| {
        scene.pod("orders")["status"]["phase"] = json!("Succeeded");
        let ended = json!({"terminated": {"exitCode": 0}});
        for (container, ready) in [("wisp", false), ("app", false)] {
            let status = scene.status("orders", container);
            status["ready"] = json!(ready);
            status["state"] = ended.clone();
        }
    }),
    ("a pod that says no", "cart", |scene| {
        *scene.object("Namespace", "shop") =
            super::objects::namespace("shop", &json!({"wisp/inject": "true"}));
        scene.both("cart", |pod| pod["metadata"]["labels"]["wisp/inject"] = json!("false"));
    }),
    ("an old failure, and a success since", "orders", |scene| {
        let failure = r#"{"operation":"exchange","result":"failure","aadsts":700213,"managedIdentityClientId":"11111111…","azureResource":"https://vault.azure.net","message":"AADSTS700213"}"#;
        scene.log = format!("{failure}\n{}", scene.log);
    }),
    ("an event of the pod before", "cart", |scene| {
        let mut event = super::objects::event("ReplicaSet", "cart-7c9", "FailedCreate", "exceeded quota");
        event["lastTimestamp"] = json!("2025-12-31T00:00:00Z");
        scene.objects.push(event);
        scene.object("Deployment", "cart")["spec"]["replicas"] = json!(2);
    }),
    ("a variable without a value", "cart", |scene| {
        env(scene, "cart").push(json!({"name": "AZURE_LOG_LEVEL"}));
    }),
];

#[tokio::test(start_paused = true)]
async fn nothing_is_wrong_with_what_works_in_another_way() {
    let mut alarms = Vec::new();
    for (what, name, change) in VARIATIONS {
        let mut scene = Scene::of(name);
        change(&mut scene);
        let found = wrong(&scene.live().await);
        if !found.is_empty() {
            alarms.push(format!("{what}: {found:?}"));
        }
    }
    assert!(alarms.is_empty(), "{} of {}:\n{}", alarms.len(), VARIATIONS.len(), alarms.join("\n"));
}
