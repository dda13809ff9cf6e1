//! Containers with an identity of their own.

use serde_json::{Value, json};

use super::{accepted, outcome, refused, template};
use crate::operator::inject::Options;

const IDENTITIES: &str = r#"{"orders":{"client_id":"aaaaaaaa-0000-0000-0000-000000000001"},"billing":{"client_id":"bbbbbbbb-0000-0000-0000-000000000002"}}"#;

fn two() -> Value {
    json!({"containers": [
        {"name": "app", "ports": [{"containerPort": 4256}]}, {"name": "worker"}, {"name": "other"}, {"name": "again"}]})
}

fn annotated(identities: &str) -> Value {
    json!({"annotations": {"wisp/set.WISP_IDENTITIES": identities}})
}

/// The variable called `name` of the container called `container`.
fn value<'a>(edited: &'a Value, container: &str, name: &str) -> &'a str {
    let all = ["initContainers", "containers"].map(|key| edited["spec"][key].as_array().unwrap());
    let container = all
        .into_iter()
        .flatten()
        .find(|item| item["name"] == container)
        .unwrap();
    let variable = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["name"] == name);
    variable.map_or("", |variable| variable["value"].as_str().unwrap())
}

#[test]
fn each_asks_at_a_port_of_its_own() {
    for (mode, name) in [("env", "AZURE_POD_IDENTITY_AUTHORITY_HOST"), ("http-proxy", "http_proxy")] {
        let choices = [("mode", mode), ("container-identities", "app=orders, worker=billing,again=orders")];
        let (_, edited) = accepted(&two(), &annotated(IDENTITIES), &choices);
        let asks = |container| value(&edited, container, name);
        // The application has 4256 itself.
        assert_eq!(asks("app"), "http://127.0.0.1:4257");
        assert_eq!(asks("worker"), "http://127.0.0.1:4258");
        assert_eq!(asks("again"), asks("app"));
        assert_eq!(asks("other"), "http://127.0.0.1:4254");
        let listeners = value(&edited, "wisp", "WISP_IDENTITY_LISTEN");
        assert_eq!(listeners, "orders=127.0.0.1:4257,billing=127.0.0.1:4258");
    }
    let (_, edited) = accepted(&two(), &annotated(IDENTITIES), &[("mode", "env")]);
    assert_eq!(value(&edited, "wisp", "WISP_IDENTITY_LISTEN"), "");
}

#[test]
fn an_annotation_gives_them_too_and_no_other_identity_is_needed() {
    let mut metadata = annotated(IDENTITIES);
    metadata["annotations"]["wisp/container-identities"] = json!("app=orders,worker=billing");
    let mut options = Options::default();
    for (name, value) in [("tenant-id", "contoso.com"), ("mode", "env"), ("token-port", "5000")] {
        options.set(name, value).unwrap();
    }
    let (warnings, edited) = outcome(&template(&two(), &metadata), &options).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(value(&edited, "worker", "IDENTITY_ENDPOINT"), "http://127.0.0.1:5002/msi/token");
    assert_eq!(value(&edited, "wisp", "AZURE_CLIENT_ID"), "");
}

#[test]
fn what_cannot_be_is_refused() {
    let says = |metadata: &Value, choices: &[(&str, &str)]| refused(&two(), metadata, choices);
    let pairs = ("container-identities", "app=orders,worker=billing");
    insta::assert_snapshot!(says(&annotated(IDENTITIES), &[pairs]), @"spec: `container-identities` tells containers apart by the port in their variables, and mode `redirect` sets none: all containers of a pod ask at the same address there; use mode `env` or `http-proxy`, or let the clients name their identity (`client_id`), which works in every mode");
    insta::assert_snapshot!(says(&json!({"annotations": {"wisp/container-identities": "app=orders"}}), &[("mode", "manual")]), @"metadata.annotations.wisp/container-identities: `container-identities` tells containers apart by the port in their variables, and mode `manual` sets none: all containers of a pod ask at the same address there; use mode `env` or `http-proxy`, or let the clients name their identity (`client_id`), which works in every mode");
    insta::assert_snapshot!(says(&annotated(IDENTITIES), &[("mode", "env"), ("container-identities", "ap=orders")]), @"spec: there is no container `ap`, which `container-identities` names");
    insta::assert_snapshot!(says(&annotated(IDENTITIES), &[("mode", "env"), ("containers", "app"), pairs]), @"spec: container `worker` gets no variables, so it cannot have an identity of its own, which `container-identities` gives it; name it in `containers` too, or leave it out");
    insta::assert_snapshot!(says(&annotated(IDENTITIES), &[("mode", "env"), ("container-identities", "app=order")]), @"spec: `identity_listen` cannot be `order=127.0.0.1:4257` (from choice container-identities): expected one of `11111111-1111-1111-1111-111111111111`, `billing`, `orders` before the `=`");
    insta::assert_snapshot!(says(&json!({}), &[("mode", "env"), pairs]), @"
spec: `identity_listen` cannot be `orders=127.0.0.1:4257` (from choice container-identities): expected one of `11111111-1111-1111-1111-111111111111` before the `=`
spec: `identity_listen` cannot be `billing=127.0.0.1:4258` (from choice container-identities): expected one of `11111111-1111-1111-1111-111111111111` before the `=`
");
    insta::assert_snapshot!(says(&json!({"annotations": {"wisp/set.identity_listen": "orders=127.0.0.1:1"}}), &[]), @"metadata.annotations.wisp/set.identity_listen: annotation `wisp/set.identity_listen` cannot be set: the containers have to ask at the same addresses; the choice `container-identities` sets both");
    for wrong in ["", "app", "app=", "=orders", "app=a,app=b", "app=a,", "App=a", "app=a b"] {
        let text = Options::default()
            .set("container-identities", wrong)
            .unwrap_err();
        assert!(text.contains("expected a comma-separated list of CONTAINER=IDENTITY"), "{wrong}: {text}");
    }
}
