//! What manifests say.

use serde_json::json;

use super::{
    Fault,
    broken::{USE, cart_env, credential, label_as, named_as, unlabel, unnamed},
};
use crate::operator::doctor::tests::objects::{CLIENT_ID, MARKED, PRINCIPAL_ID};

pub(super) const FAULTS: &[Fault] = &[
    ("no such workload", "carts", |_| {}, "workload"),
    ("no label anywhere", "cart", unlabel, "pod-label"),
    (
        "the label on the Deployment",
        "cart",
        |scene| {
            unlabel(scene);
            scene.object("Deployment", "cart")["metadata"]["labels"][USE] = json!("true");
        },
        "pod-label",
    ),
    (
        "the label on the account",
        "cart",
        |scene| {
            unlabel(scene);
            scene.object("ServiceAccount", "cart")["metadata"]["labels"] = json!({USE: "true"});
        },
        "pod-label",
    ),
    ("the label in capitals", "cart", |scene| label_as(scene, "True"), "pod-label-value"),
    ("the label says yes", "cart", |scene| label_as(scene, "yes"), "pod-label-value"),
    ("no account", "cart", |scene| scene.remove("ServiceAccount", "cart"), "account"),
    (
        "the account in another namespace",
        "cart",
        |scene| {
            scene.object("ServiceAccount", "cart")["metadata"]["namespace"] = json!("azwi");
        },
        "account",
    ),
    (
        "the account of everybody",
        "cart",
        |scene| {
            scene.both("cart", |pod| pod["spec"]["serviceAccountName"] = json!("default"));
            credential(scene, "subject", json!("system:serviceaccount:shop:default"));
        },
        "account-default",
    ),
    ("no client id", "cart", |scene| unnamed(scene, json!({})), "client-id"),
    (
        "the client id as a label",
        "cart",
        |scene| {
            unnamed(scene, json!({"azure.workload.identity/client-id": CLIENT_ID}));
        },
        "client-id",
    ),
    (
        "the annotation of the client id misspelt",
        "cart",
        |scene| {
            unnamed(scene, json!({}));
            scene.object("ServiceAccount", "cart")["metadata"]["annotations"] =
                json!({"azure.workload.identity/client_id": CLIENT_ID});
        },
        "client-id",
    ),
    (
        "the label misspelt",
        "cart",
        |scene| {
            unlabel(scene);
            scene
                .both("cart", |pod| pod["metadata"]["labels"]["azure.workload-identity/use"] = json!("true"));
        },
        "pod-label",
    ),
    (
        "an annotation of the webhook misspelt",
        "cart",
        |scene| {
            scene.both("cart", |pod| {
                pod["metadata"]["annotations"]["azure.workload.identity/skip-container"] = json!("logs");
            });
        },
        "names",
    ),
    (
        "an annotation of wisp misspelt",
        "orders",
        |scene| {
            scene.both("orders", |pod| pod["metadata"]["annotations"]["wisp/client_id"] = json!(CLIENT_ID));
        },
        "names",
    ),
    ("a placeholder for the client id", "cart", |scene| named_as(scene, "<CLIENT_ID>"), "client-id-guid"),
    ("the object id", "cart", |scene| named_as(scene, PRINCIPAL_ID), "client-id-kind"),
    (
        "another client id",
        "cart",
        |scene| named_as(scene, "55555555-5555-5555-5555-555555555555"),
        "client-id-kind",
    ),
    ("a client secret", "cart", |scene| cart_env(scene, "AZURE_CLIENT_SECRET", MARKED), "client-secret"),
    (
        "a client certificate",
        "cart",
        |scene| cart_env(scene, "AZURE_CLIENT_CERTIFICATE_PATH", "/x"),
        "client-secret",
    ),
    (
        "IDENTITY_ENDPOINT",
        "cart",
        |scene| cart_env(scene, "IDENTITY_ENDPOINT", "http://10.0.0.1/"),
        "endpoint-override",
    ),
    (
        "MSI_ENDPOINT",
        "cart",
        |scene| cart_env(scene, "MSI_ENDPOINT", "http://127.0.0.1:4254/"),
        "endpoint-override",
    ),
    (
        "the network of the node",
        "orders",
        |scene| {
            scene.both("orders", |pod| pod["spec"]["hostNetwork"] = json!(true));
        },
        "host-network",
    ),
];
