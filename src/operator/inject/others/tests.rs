use serde_json::{Value, json};

use super::{is_mesh, refused};
use crate::operator::inject::container::containers;

/// What is said of the containers of a pod.
fn message(inits: &Value, mains: &Value) -> String {
    let pod = json!({"spec": {"initContainers": inits, "containers": mains}});
    let diagnostics = refused(&containers(&pod).unwrap());
    let texts: Vec<_> = diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.text)
        .collect();
    texts.join("\n")
}

fn container(name: &str, image: &str) -> Value {
    json!({"name": name, "image": image})
}

#[test]
fn the_webhooks_proxy_is_recognised_under_any_name() {
    let init = json!([{
        "name": "init-networking", "image": "mcr.microsoft.com/oss/azure/workload-identity/proxy-init:v1.5.1",
        "securityContext": {"privileged": true, "runAsUser": 0}, "env": [{"name": "PROXY_PORT", "value": "8000"}],
    }]);
    let mains = json!([
        container("app", "nginx"),
        {"name": "proxy", "image": "mcr.microsoft.com/oss/azure/workload-identity/proxy:v1.5.1", "ports": [{"containerPort": 8000}]},
    ]);
    insta::assert_snapshot!(message(&init, &mains), @"
container `init-networking` belongs to the workload identity webhook's proxy (by its image `mcr.microsoft.com/oss/azure/workload-identity/proxy-init:v1.5.1`), which wisp replaces; remove `init-networking` and `proxy`
container `proxy` belongs to the workload identity webhook's proxy (by its image `mcr.microsoft.com/oss/azure/workload-identity/proxy:v1.5.1`), which wisp replaces; remove `init-networking` and `proxy`
");

    // Nothing but the variable, the rights and the port tells.
    let init = json!([{
        "name": "net", "image": "registry.example:5000/tools/net@sha256:00", "env": [{"name": "PROXY_PORT", "value": "8000"}],
        "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}},
    }]);
    let mains =
        json!([container("app", "nginx"), {"name": "p", "image": "x/y", "ports": [{"containerPort": 8000}]}]);
    insta::assert_snapshot!(message(&init, &mains), @"
container `net` belongs to the workload identity webhook's proxy (by its variable `PROXY_PORT` 8000 and its rights), which wisp replaces; remove `net` and `p`
container `p` belongs to the workload identity webhook's proxy (by its port 8000, which an init container sends the metadata service's requests to), which wisp replaces; remove `net` and `p`
");
    let by_arguments =
        json!([{"name": "p", "image": "x", "args": ["--proxy-port=8000", "--log-level=info"]}]);
    insta::assert_snapshot!(message(&json!([]), &by_arguments), @"container `p` belongs to the workload identity webhook's proxy (by its arguments), which wisp replaces; remove `p`");
    let probe = json!({"postStart": {"exec": {"command": ["/proxy", "--proxy-port=8000", "--probe"]}}});
    assert_ne!(message(&json!([]), &json!([{"name": "p", "image": "x", "lifecycle": probe}])), "");
}

#[test]
fn images_are_recognised_by_their_path() {
    for image in [
        "mcr.microsoft.com/oss/v2/azure/workload-identity/proxy:v1.6.0",
        "registry.example:5000/mirror/azure-workload-identity-proxy",
        "registry.example/azure/workload-identity/proxy-init@sha256:00",
        "workload-identity/proxy",
        "registry.example/azwi-proxy:1",
        "R.example/Azure.Workload_Identity/Proxy:v1@sha256:00",
    ] {
        assert!(message(&json!([]), &json!([container("x", image)])).contains(image), "{image}");
    }
    for image in [
        "ghcr.io/azure/workload-identity/webhook:v1",
        "registry.example/my-workload-identity/proxy-server",
        "registry.example/notworkload-identity/proxy-x",
        "nginx:workload-identity-proxy",
        "envoyproxy/envoy:v1",
        "",
    ] {
        assert_eq!(message(&json!([]), &json!([container("x", image)])), "", "{image}");
    }
}

#[test]
fn other_proxies_are_no_business_of_ours() {
    let privileged = json!({"privileged": true});
    let port = json!([{"name": "PROXY_PORT", "value": "8000"}]);
    for other in [
        json!({"name": "x", "image": "x", "env": port}),
        json!({"name": "x", "image": "x", "env": port, "securityContext": privileged, "command": ["iptables", "-t", "nat"]}),
        json!({"name": "istio-init", "image": "x", "env": port, "securityContext": privileged}),
        json!({"name": "x", "image": "cr.l5d.io/linkerd/proxy-init:v2", "env": port, "securityContext": privileged}),
        json!({"name": "x", "image": "x", "args": ["--incoming-proxy-port", "4143"]}),
        json!({"name": "x", "image": "x", "args": ["--proxy-port=8000", "--upstream=http://a"]}),
    ] {
        let beside = json!([{"name": "app", "ports": [{"containerPort": 8000}]}]);
        assert_eq!(message(&json!([other]), &beside), "", "{other}");
    }
}

#[test]
fn wisp_itself_is_recognised() {
    let by_hand = json!([{"name": "identity", "image": "registry.example/tools/wisp:1", "args": ["serve"]}]);
    insta::assert_snapshot!(message(&json!([]), &by_hand), @r#"container `identity` runs wisp already, and wispctl did not inject it; remove it, or leave the pod alone with `wisp/inject: "false"`"#);
    for (other, expected) in [
        (json!({"name": "x", "image": "y", "command": ["/wisp"], "args": ["redirect"]}), true),
        (json!({"name": "x", "image": "registry.example/whisp", "args": ["serve"]}), false),
        (json!({"name": "x", "image": "registry.example/wisp", "args": ["probe", "ready"]}), false),
        // Those are refused by their names.
        (json!({"name": "wisp", "image": "registry.example/wisp", "args": ["serve"]}), false),
    ] {
        assert_eq!(!message(&json!([]), &json!([other])).is_empty(), expected, "{other}");
    }
}

#[test]
fn meshes_are_recognised_by_their_images() {
    for (name, image, expected) in [
        ("istio-proxy", "x", true),
        ("sidecar", "mirror.example/istio/proxyv2:1.28", true),
        ("sidecar", "mcr.microsoft.com/oss/v2/istio/proxyv2:1.28", true),
        ("sidecar", "cr.l5d.io/linkerd/proxy:edge", true),
        ("sidecar", "hashicorp/consul-dataplane:1", true),
        ("sidecar", "docker.io/kumahq/kuma-dp:2", true),
        ("daprd", "daprio/daprd:1", false),
        ("app", "registry.example/app", false),
    ] {
        let pod = json!({"spec": {"containers": [{"name": name, "image": image}]}});
        assert_eq!(is_mesh(&containers(&pod).unwrap()[0]), expected, "{image}");
    }
}
