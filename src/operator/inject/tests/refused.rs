//! What is refused, and what owners are told.

use serde_json::{Value, json};

use super::{accepted, options, outcome, refused, template};
use crate::operator::inject::uninject;

#[test]
fn pods_that_cannot_be_served_are_refused_with_the_way_out() {
    insta::assert_snapshot!(refused(&json!({"hostNetwork": true}), &json!({}), &[]), @"spec.hostNetwork: the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; use mode `env`");
    insta::assert_snapshot!(refused(&json!({"os": {"name": "windows"}}), &json!({}), &[]), @"spec: a Windows pod: wisp runs on Linux only");
    insta::assert_snapshot!(refused(&json!({"nodeSelector": {"kubernetes.io/os": "windows"}}), &json!({}), &[("mode", "env")]), @"spec: a Windows pod: wisp runs on Linux only");
    insta::assert_snapshot!(refused(&json!({"restartPolicy": "OnFailure"}), &json!({}), &[("sidecar", "container")]), @"spec.restartPolicy: a pod with restartPolicy OnFailure ends when all its containers have ended, and an ordinary sidecar never does; use `--sidecar native`");
    let mut skipping = options(&[]);
    skipping.skip_unsupported = true;
    insta::assert_snapshot!(outcome(&template(&json!({"hostNetwork": true}), &json!({})), &skipping).unwrap_err(), @"skipped: the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; use mode `env`");
}

#[test]
fn what_is_taken_is_refused() {
    let taken = json!({
        "containers": [{"name": "wisp"}, {"name": "app", "ports": [{"containerPort": 4254}, {"containerPort": 80}]}],
        "initContainers": [{"name": "azwi-proxy-init"}, {"name": "wisp-init"}],
        "volumes": [{"name": "a"}, {"name": "wisp-token"}],
    });
    insta::assert_snapshot!(refused(&taken, &json!({}), &[]), @"
spec.initContainers[1]: the pod already has a container `wisp-init`, which wispctl did not inject; remove or rename it
spec.containers[0]: the pod already has a container `wisp`, which wispctl did not inject; remove or rename it
spec.volumes[1]: the pod already has a volume `wisp-token`, which wispctl did not inject; rename it
spec.containers[1].ports: container `app` listens on port 4254, which wisp needs in the same pod; move the application's, or wisp's with `token-port` and `admin-port`
spec.initContainers[0]: container `azwi-proxy-init` belongs to the workload identity webhook's proxy (by its name), which wisp replaces; remove `azwi-proxy-init`
");
    let set = |name: &str, value: Value| json!({"containers": [{"name": "app", "env": [{"name": "A"}, {"name": name, "value": value}]}]});
    let elsewhere = json!({"containers": [{"name": "app", "env": [{"name": "no_proxy", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]}]});
    insta::assert_snapshot!(refused(&set("MSI_SECRET", json!("x")), &json!({}), &[("mode", "env")]), @"spec.containers[0].env[1]: container `app` sets `MSI_SECRET` itself, which wisp needs to set; remove it, leave the container out with `wisp/containers`, or use another mode");
    insta::assert_snapshot!(refused(&set("HTTP_PROXY", json!("x")), &json!({}), &[("mode", "http-proxy")]), @"spec.containers[0].env[1]: container `app` sets `HTTP_PROXY` itself, which wisp needs to set; remove it, leave the container out with `wisp/containers`, or use another mode");
    insta::assert_snapshot!(refused(&set("NO_PROXY", json!("a,169.254.169.254")), &json!({}), &[("mode", "http-proxy")]), @"spec.containers[0].env[1]: container `app` lists 169.254.169.254 in `NO_PROXY`, so its requests would not come to wisp; remove it there, or use another mode");
    insta::assert_snapshot!(refused(&elsewhere, &json!({}), &[("mode", "http-proxy")]), @"spec.containers[0].env[0]: container `app` takes `no_proxy` from elsewhere, so nothing can be added to it; write it out, or use another mode");
    insta::assert_snapshot!(refused(&json!({}), &json!({}), &[("mode", "env"), ("containers", "app,other")]), @"spec: there is no container `other`, which `containers` names");
}

#[test]
fn a_pod_that_asks_for_too_little_as_a_whole_is_refused() {
    let amounts = |cpu: &str, memory: &str| json!({"cpu": cpu, "memory": memory});
    let spec = |whole: Value| {
        let app = json!({"requests": amounts("400m", "100Mi"), "limits": {"memory": "100Mi"}});
        json!({"resources": whole, "containers": [{"name": "app", "resources": app}, {"name": "b", "resources": {"limits": amounts("100m", "28Mi")}}]})
    };
    let tight = spec(json!({"requests": amounts("500m", "128Mi"), "limits": amounts("1", "24Mi")}));
    insta::assert_snapshot!(refused(&tight, &json!({}), &[]), @"
spec.resources.requests.cpu: the pod's own `resources.requests` allow 500m of cpu, and its containers need 510m with wisp; raise its requests and limits by 10m or more, or give wisp less with `cpu`
spec.resources.requests.memory: the pod's own `resources.requests` allow 128Mi of memory, and its containers need 144Mi with wisp; raise its requests and limits by 16Mi or more, or give wisp less with `memory`
spec.resources.limits.memory: the pod's own `resources.limits` allow 24Mi of memory, and its containers need 32Mi with wisp; raise its requests and limits by 8Mi or more, or give wisp less with `memory`
");
    insta::assert_snapshot!(refused(&spec(json!({"requests": amounts("0.5", "1Gi"), "limits": amounts("500m", "1Gi")})), &json!({}), &[]), @"spec.resources.requests.cpu: the pod's own `resources.requests` allow 500m of cpu, and its containers need 600m with wisp; raise its requests and limits by 100m or more, or give wisp less with `cpu`");
    for whole in [
        json!({"requests": amounts("510m", "144Mi"), "limits": amounts("1", "160Mi")}),
        json!({"requests": {"cpu": "510m"}}),
        json!({"limits": amounts("1", "1Gi")}),
        json!({}),
        json!(null),
    ] {
        assert!(outcome(&template(&spec(whole.clone()), &json!({})), &options(&[])).is_ok(), "{whole}");
    }
    // An init container asks for what is left of those that run beside it.
    let init = |restart: Value| {
        json!({"resources": {"requests": amounts("1", "1Gi")}, "containers": [{"name": "app"}],
            "initContainers": [{"name": "i", "restartPolicy": restart, "resources": {"requests": {"cpu": "995m"}}}]})
    };
    for restart in [json!(null), json!("Always")] {
        let message = refused(&init(restart), &json!({}), &[("mode", "manual")]);
        assert!(message.contains("allow 1 of cpu") && message.contains("need 1005m"), "{message}");
    }
    assert!(
        outcome(&template(&init(json!(null)), &json!({})), &options(&[("sidecar", "container")])).is_ok()
    );
}

#[test]
fn what_is_no_pod_is_refused() {
    insta::assert_snapshot!(refused(&json!({"containers": []}), &json!({}), &[]), @"spec: the pod has no containers");
    insta::assert_snapshot!(refused(&json!({"containers": {"a": 1}}), &json!({}), &[]), @"spec.containers: `containers` must be a list");
    insta::assert_snapshot!(refused(&json!({"containers": [{"image": "x"}], "volumes": "x"}), &json!({}), &[]), @"spec.containers[0]: a container in `containers` has no name");
    insta::assert_snapshot!(refused(&json!({"volumes": "x"}), &json!({}), &[]), @"spec.volumes: `volumes` must be a list");
    insta::assert_snapshot!(refused(&json!({}), &json!({"annotations": ["x"]}), &[]), @"metadata.annotations: `metadata.annotations` must be a mapping");
    insta::assert_snapshot!(refused(&json!({}), &json!("x"), &[]), @"metadata.annotations: `metadata.annotations` must be a mapping");
}

/// Whatever it is: nobody is let through to the node.
#[test]
fn the_user_of_an_application_makes_no_difference() {
    for user in [0, 1000, 65_532, 54_254, 54_255] {
        let app = json!({"containers": [{"name": "app", "image": "static:nonroot", "securityContext": {"runAsUser": user}}]});
        let (warnings, edited) = accepted(&app, &json!({}), &[]);
        assert_eq!(warnings, "", "{user}");
        assert_eq!(
            edited["spec"]["initContainers"][0]["args"],
            json!(["redirect", "--mode", "auto"]),
            "{user}"
        );
    }
}

#[test]
fn owners_are_warned() {
    let template = json!({
        "metadata": {"annotations": {"azure.workload.identity/inject-proxy-sidecar": "false"}},
        "spec": {"hostNetwork": true, "initContainers": [{"name": "i"}], "containers": [{"name": "app"}]},
    });
    let (warnings, edited) =
        outcome(&template, &options(&[("mode", "env"), ("sidecar", "container")])).unwrap();
    insta::assert_snapshot!(warnings.join("\n"), @"
no serviceAccountName: the pod runs as service account `default`, and that has to be the subject of the federated credential
the pod uses the node's network (hostNetwork): other processes of the node can ask wisp for tokens too
an ordinary sidecar that does not start holds nothing back: the kubelet then starts the application, which gets no tokens until wisp is there; `--sidecar native` holds it back
init containers run before an ordinary sidecar and get no tokens; `--sidecar native` starts before them
converted: wisp replaces the proxy that annotation `azure.workload.identity/inject-proxy-sidecar` asks for; the annotation is kept under another name, and uninject restores it
");
    assert_eq!(edited["metadata"]["annotations"]["wisp/was-inject-proxy-sidecar"], "false");
}

#[test]
fn a_record_that_is_not_ours_is_refused() {
    let odd = template(&json!({}), &json!({"annotations": {"wisp/injected": "yes"}}));
    insta::assert_snapshot!(uninject(&odd).unwrap_err().text, @"annotation `wisp/injected` is not as wispctl wrote it, so wispctl cannot tell what it injected; restore it, or remove it together with the containers `wisp` and `wisp-init` and the volume `wisp-token`");
    assert_eq!(uninject(&template(&json!({}), &json!({}))), Ok(None));
}

#[test]
fn what_would_write_over_a_terminal_is_shown_as_code() {
    let mode = "env\u{1b}[2J\nspec: \u{202e}fine";
    let odd = template(&json!({}), &json!({"annotations": {"wisp/mode": mode}}));
    insta::assert_snapshot!(outcome(&odd, &options(&[])).unwrap_err(), @r"metadata.annotations.wisp/mode: annotation `wisp/mode` cannot be `env\u{1b}[2J\u{a}spec: \u{202e}fine`: expected `redirect`, `env`, `http-proxy` or `manual`");
}
