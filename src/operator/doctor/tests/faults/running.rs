//! Pods as they run.

use serde_json::json;

use super::{
    Fault,
    broken::{ended, init_ends},
};
use crate::operator::doctor::tests::objects::event;

pub(super) const FAULTS: &[Fault] = &[
    (
        "no image",
        "orders",
        |scene| {
            let status = scene.status("orders", "wisp");
            status["ready"] = json!(false);
            status["state"] = json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}});
        },
        "image",
    ),
    (
        "no mount",
        "cart",
        |scene| {
            scene.pod("cart")["status"]["phase"] = json!("Pending");
            scene.status("cart", "app")["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
            scene.objects.push(event(
                "Pod",
                "cart-7c9-x",
                "FailedMount",
                "MountVolume.SetUp failed: failed to fetch token",
            ));
        },
        "token-mount",
    ),
    (
        "no capability",
        "orders",
        |scene| init_ends(scene, 77, "error: it lacks the capability NET_ADMIN"),
        "capability",
    ),
    (
        "a runtime that refuses it",
        "orders",
        |scene| {
            scene.status("orders", "wisp-init")["state"] = json!({"waiting": {"reason": "CreateContainerError",
            "message": "unable to apply caps: operation not permitted"}});
        },
        "capability",
    ),
    (
        "no redirect",
        "orders",
        |scene| init_ends(scene, 76, "error: the redirect could not be proven"),
        "redirect-made",
    ),
    (
        "too little memory",
        "orders",
        |scene| {
            let status = scene.status("orders", "wisp");
            status["ready"] = json!(false);
            status["restartCount"] = json!(3);
            status["lastState"] = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}});
        },
        "oom-killed",
    ),
    (
        "wisp crashes",
        "orders",
        |scene| {
            let status = scene.status("orders", "wisp");
            status["ready"] = json!(false);
            status["restartCount"] = json!(3);
            status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff"}});
            status["lastState"] =
                json!({"terminated": ended(64, "error: AZURE_TENANT_ID is not set")["terminated"]});
        },
        "crash",
    ),
    (
        "wisp is not ready",
        "orders",
        |scene| scene.status("orders", "wisp")["ready"] = json!(false),
        "sidecar-ready",
    ),
];
