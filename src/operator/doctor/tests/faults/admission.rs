//! What puts things into pods.

use serde_json::{Value, json};

use super::{
    Fault,
    broken::{AZWI, asks, configuration, policies},
};
use crate::operator::doctor::tests::objects::slice;

pub(super) const FAULTS: &[Fault] = &[
    ("no webhook", "cart", |scene| scene.remove("MutatingWebhookConfiguration", AZWI), "azwi-webhook"),
    (
        "no caBundle",
        "cart",
        |scene| {
            configuration(scene, AZWI)["webhooks"][0]["clientConfig"]["caBundle"] = json!("");
        },
        "azwi-bundle",
    ),
    (
        "no Service",
        "cart",
        |scene| scene.remove("Service", "azure-wi-webhook-webhook-service"),
        "azwi-service",
    ),
    (
        "the webhook is not ready",
        "cart",
        |scene| {
            *scene.object("EndpointSlice", "azure-wi-webhook-webhook-service") =
                slice("azwi", "azure-wi-webhook-webhook-service", false);
        },
        "azwi-service",
    ),
    (
        "the webhook may be missed",
        "cart",
        |scene| {
            configuration(scene, AZWI)["webhooks"][0]["failurePolicy"] = json!("Ignore");
        },
        "azwi-failure-policy",
    ),
    (
        "nothing injects",
        "cart",
        |scene| {
            asks(scene);
            scene.remove("MutatingWebhookConfiguration", "wisp-webhook");
        },
        "injector",
    ),
    (
        "another certificate is served",
        "orders",
        |scene| {
            let name = "wisp-webhook.wisp-system.svc".to_owned();
            scene.served = rcgen::generate_simple_self_signed(vec![name])
                .unwrap()
                .cert
                .pem();
        },
        "injector-bundle",
    ),
    (
        "a bundle was set back",
        "orders",
        |scene| {
            configuration(scene, "wisp-webhook")["webhooks"][1]["clientConfig"]["caBundle"] = Value::Null;
        },
        "injector-bundle",
    ),
    (
        "our webhook is not ready",
        "orders",
        |scene| {
            *scene.object("EndpointSlice", "wisp-webhook") = slice("wisp-system", "wisp-webhook", false);
        },
        "injector-service",
    ),
    (
        "our webhook may not update its Secret",
        "orders",
        |scene| {
            scene.object("Role", "wisp-webhook")["rules"][0]["verbs"] = json!(["get"]);
        },
        "injector-rights",
    ),
    (
        "our webhook is bound to another account",
        "orders",
        |scene| {
            scene.object("ClusterRoleBinding", "wisp-webhook")["subjects"][0]["name"] = json!("other");
        },
        "injector-rights",
    ),
    (
        "our webhook leaves the namespace out",
        "cart",
        |scene| {
            asks(scene);
            let selector = json!({"matchLabels": {"team": "a"}});
            for index in 0..2 {
                configuration(scene, "wisp-webhook")["webhooks"][index]["namespaceSelector"] =
                    selector.clone();
            }
        },
        "injector-selectors",
    ),
    (
        "our webhook may be missed",
        "orders",
        |scene| {
            configuration(scene, "wisp-webhook")["webhooks"][0]["failurePolicy"] = json!("Ignore");
        },
        "injector-failure-policy",
    ),
    (
        "a policy that nothing binds",
        "orders",
        |scene| policies(scene, "ValidatingAdmissionPolicy"),
        "policy-binding",
    ),
    (
        "a binding of no policy",
        "orders",
        |scene| {
            policies(scene, "ValidatingAdmissionPolicy");
            policies(scene, "ValidatingAdmissionPolicyBinding");
            let binding = scene.object("ValidatingAdmissionPolicyBinding", "wisp-sidecar");
            let mut lost = binding.clone();
            lost["metadata"]["name"] = json!("wisp-lost");
            lost["spec"]["policyName"] = json!("wisp-gone");
            lost["spec"]["matchResources"] =
                json!({"objectSelector": {"matchLabels": {"wisp/inject": "true"}}});
            scene.objects.push(lost);
        },
        "policy-binding",
    ),
];
