//! Pods as they are made.

use serde_json::json;

use super::{
    Fault,
    broken::{asks, not_made},
};
use crate::operator::doctor::tests::objects::{MARKED, namespace};

pub(super) const FAULTS: &[Fault] = &[
    (
        "Pod Security",
        "cart",
        |scene| {
            not_made(
                scene,
                "pods \"cart-7c9-\" is forbidden: violates PodSecurity \"restricted:latest\": unrestricted capabilities",
            );
        },
        "pod-security",
    ),
    (
        "Pod Security, an hour ago",
        "orders",
        |scene| {
            scene.without_pod("orders");
            scene.object("Deployment", "orders")["status"]["conditions"] = json!([{"type": "ReplicaFailure", "status": "True",
            "message": "violates PodSecurity \"restricted:latest\""}]);
        },
        "pod-security",
    ),
    (
        "Pod Security, at the next roll",
        "orders",
        |scene| {
            let labels = json!({"pod-security.kubernetes.io/enforce": "baseline"});
            *scene.object("Namespace", "shop") = namespace("shop", &labels);
        },
        "pod-security",
    ),
    (
        "a webhook refuses",
        "cart",
        |scene| {
            not_made(scene, "admission webhook \"a.example\" denied the request: no");
        },
        "admission-refused",
    ),
    (
        "a policy refuses",
        "cart",
        |scene| {
            not_made(
                scene,
                "ValidatingAdmissionPolicy 'wisp-sidecar' with binding 'wisp-sidecar' denied request: no sidecar",
            );
        },
        "admission-refused",
    ),
    (
        "a webhook does not answer",
        "cart",
        |scene| {
            not_made(
                scene,
                "Internal error occurred: failed calling webhook \"pods.inject.wisp\": x509: unknown authority",
            );
        },
        "webhook-call",
    ),
    (
        "a quota",
        "cart",
        |scene| not_made(scene, "pods \"cart\" is forbidden: exceeded quota: all"),
        "pod-created",
    ),
    ("no pod", "cart", |scene| scene.without_pod("cart"), "pod-created"),
    ("a pod from before the namespace asked", "cart", asks, "sidecar"),
    (
        "wisp-init was taken out",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                pod["spec"]["initContainers"]
                    .as_array_mut()
                    .unwrap()
                    .remove(0);
            });
        },
        "shape",
    ),
    (
        "the token's volume was taken out",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                pod["spec"]["volumes"] = json!([{"name": "wisp-token", "emptyDir": {}}]);
            });
        },
        "shape",
    ),
    (
        "the probe was taken out",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                pod["spec"]["initContainers"][1]
                    .as_object_mut()
                    .unwrap()
                    .remove("readinessProbe");
            });
        },
        "shape",
    ),
    (
        "an init container comes first",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                let inits = pod["spec"]["initContainers"].as_array_mut().unwrap();
                inits.insert(0, json!({"name": "migrate", "image": "a"}));
            });
        },
        "order",
    ),
    (
        "an older version",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                let record = pod["metadata"]["annotations"]["wisp/injected"]
                    .as_str()
                    .unwrap();
                let older = record.replace(env!("CARGO_PKG_VERSION"), "0.0.1");
                pod["metadata"]["annotations"]["wisp/injected"] = json!(older);
            });
        },
        "injected-version",
    ),
    (
        "edited by hand",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                pod["spec"]["initContainers"][1]["env"][1]["value"] = json!(MARKED);
            });
        },
        "hand-edits",
    ),
    (
        "a pod from before the webhook",
        "cart",
        |scene| {
            let pod = scene.pod("cart");
            pod["spec"]["containers"][0]["env"] = json!([]);
            pod["spec"]["volumes"] = json!([]);
        },
        "variables",
    ),
    ("no volume", "cart", |scene| scene.pod("cart")["spec"]["volumes"] = json!([]), "token-volume"),
    (
        "nothing mounted",
        "cart",
        |scene| {
            scene.pod("cart")["spec"]["containers"][0]["volumeMounts"] = json!([]);
        },
        "token-volume",
    ),
    (
        "another audience",
        "cart",
        |scene| {
            scene.pod("cart")["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["audience"] =
                json!("https://kubernetes.default.svc");
        },
        "volume-audience",
    ),
    (
        "a mesh has the token",
        "cart",
        |scene| {
            let containers = &mut scene.pod("cart")["spec"]["containers"];
            let mut proxy = containers[0].clone();
            proxy["name"] = json!("istio-proxy");
            containers.as_array_mut().unwrap().push(proxy);
        },
        "token-containers",
    ),
    (
        "an image of an older version",
        "orders",
        |scene| {
            scene.both("orders", |pod| {
                pod["spec"]["initContainers"][1]["image"] =
                    json!("registry.example:5000/wisp:v0.0.1@sha256:00");
            });
        },
        "injected-version",
    ),
];
