//! The proxy and the certificates of the application.

use serde_json::{Value, json};

use super::{Case, case, env, object};

const PROXY: &str = "http://proxy.example:3128";

/// Only what is told of the application's proxy and certificates.
fn messages(case: &Case) -> String {
    let messages = case.messages();
    let lines: Vec<_> = messages
        .lines()
        .filter(|line| line.contains("take"))
        .collect();
    lines.join("\n")
}

/// The variables that the sidecar has besides those of every sidecar.
fn more(case: &Case) -> String {
    let list = case.sidecar();
    Value::from(list.as_array().unwrap()[3..].to_vec()).to_string()
}

/// A pod whose container has the certificates of this volume mounted, and the variable `name`.
fn bundled(name: &str, path: &str, mount: &Value, volume: &Value) -> Case {
    let mut container = env(&[(name, path)]);
    container["volumeMounts"] = json!([{"name": "logs", "mountPath": "/"}, mount]);
    let mut volume = volume.clone();
    volume["name"] = json!("roots");
    case(&container).with("/spec/volumes", json!([{"name": "logs", "emptyDir": {}}, volume]))
}

fn mount(at: &str) -> Value {
    json!({"name": "roots", "mountPath": at})
}

fn mounts(case: &Case) -> String {
    let (_, edited) = case.plan().unwrap();
    let inits = edited["spec"]["initContainers"].as_array().unwrap();
    let all = inits.last().unwrap()["volumeMounts"].as_array().unwrap();
    Value::from(all[1..].to_vec()).to_string()
}

#[test]
fn a_proxy_is_taken_over_as_it_stands() {
    let pod = case(&env(&[("https_proxy", PROXY), ("no_proxy", ".svc"), ("http_proxy", "http://a:1")]));
    insta::assert_snapshot!(more(&pod), @r#"[{"name":"https_proxy","value":"http://proxy.example:3128"},{"name":"no_proxy","value":".svc"}]"#);
    insta::assert_snapshot!(messages(&pod), @"
spec.containers[0].env[0]: `https_proxy` of container `app` is taken over for wisp: `http://proxy.example:3128`
spec.containers[0].env[1]: `no_proxy` of container `app` is taken over for wisp: `.svc`
");
    let from = |kind: &str| json!({"env": [{"name": "HTTPS_PROXY", "valueFrom": {(kind): {"name": "egress", "key": "proxy", "optional": true}}}]});
    let pod = case(&from("secretKeyRef"));
    insta::assert_snapshot!(more(&pod), @r#"[{"name":"HTTPS_PROXY","valueFrom":{"secretKeyRef":{"key":"proxy","name":"egress","optional":true}}}]"#);
    insta::assert_snapshot!(messages(&pod), @"spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is taken over for wisp (from Secret `egress`)");
    let map = object("ConfigMap", "egress", &json!({"data": {"proxy": PROXY}}));
    insta::assert_snapshot!(messages(&case(&from("configMapKeyRef")).beside(map)), @"spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is taken over for wisp: `http://proxy.example:3128` (from ConfigMap `egress`)");
}

#[test]
fn passwords_are_taken_over_and_not_told() {
    let pod = case(&env(&[("HTTPS_PROXY", "http://u:p@hunter2@proxy.example:3128")]));
    insta::assert_snapshot!(messages(&pod), @"spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is taken over for wisp: `http://***@proxy.example:3128`");
    assert!(more(&pod).contains("p@hunter2@proxy"));
    let pod = case(&env(&[("HTTPS_PROXY", "socks5://u:hunter2@proxy.example:3128")]));
    insta::assert_snapshot!(messages(&pod), @"spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is not taken over for wisp: wisp cannot use `***@proxy.example:3128`: expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login; choose wisp's by `--set HTTPS_PROXY=VALUE`, or leave it without by `--take-proxy false`");
    assert_eq!(more(&pod), "[]");
}

#[test]
fn keys_are_taken_out_of_objects_that_stand_beside() {
    let whole = json!({"envFrom": [{"configMapRef": {"name": "egress", "optional": true}, "prefix": "HTTPS_"}, {"secretRef": {"name": "others"}}]});
    assert_eq!(more(&case(&whole)), "[]");
    let pod = case(&whole)
        .beside(object("ConfigMap", "egress", &json!({"data": {"PROXY": PROXY}})))
        .beside(object("Secret", "others", &json!({"stringData": {"NO_PROXY": ".svc"}})));
    insta::assert_snapshot!(more(&pod), @r#"[{"name":"HTTPS_PROXY","valueFrom":{"configMapKeyRef":{"key":"PROXY","name":"egress","optional":true}}},{"name":"NO_PROXY","valueFrom":{"secretKeyRef":{"key":"NO_PROXY","name":"others"}}}]"#);
    insta::assert_snapshot!(messages(&pod), @"
spec.containers[0].envFrom[0]: `HTTPS_PROXY` of container `app` is taken over for wisp: `http://proxy.example:3128` (from ConfigMap `egress`)
spec.containers[0].envFrom[1]: `NO_PROXY` of container `app` is taken over for wisp (from Secret `others`)
");
}

#[test]
fn what_is_said_for_wisp_counts_more() {
    let pod = || case(&env(&[("HTTPS_PROXY", PROXY), ("SSL_CERT_FILE", "/a")]));
    assert_eq!(more(&pod().choose("take-proxy", "false")), "[]");
    assert_eq!(messages(&pod().choose("take-proxy", "false")), "");
    let chosen = || pod().choose("settings-from", "configmap/wisp,secret/wisp");
    insta::assert_snapshot!(messages(&chosen()), @"
spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is not taken over for wisp: ConfigMap `wisp` may set another one, which wispctl does not see; choose wisp's by `--set HTTPS_PROXY=VALUE`, or leave it without by `--take-proxy false`
spec.containers[0].env[1]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: ConfigMap `wisp` may set another one, which wispctl does not see; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
");
    assert_eq!(more(&chosen()), "[]");
    let secret = |key: &str| object("Secret", "wisp", &json!({"data": {(key): ""}}));
    let map = || object("ConfigMap", "wisp", &json!({"data": {"WISP_LOG": "info"}}));
    let known = chosen().beside(map()).beside(secret("https_proxy"));
    assert_eq!(more(&known), "[]");
    let unknown = chosen().beside(map()).beside(secret("NO_PROXY"));
    assert!(more(&unknown).contains(PROXY));
    let annotated = pod().with("/metadata/annotations", json!({"wisp/set.https-proxy": "http://own:1"}));
    insta::assert_snapshot!(more(&annotated), @r#"[{"name":"HTTPS_PROXY","value":"http://own:1"}]"#);
}

#[test]
fn containers_that_contradict_each_other_are_not_followed() {
    let second = |name: &str, value: &str, no_proxy: &str| {
        let app = env(&[("HTTPS_PROXY", PROXY), ("NO_PROXY", ".svc")]);
        let mut other = env(&[(name, value), ("NO_PROXY", no_proxy)]);
        other["name"] = json!("other");
        let mut app_too = app.clone();
        app_too["name"] = json!("app");
        case(&app).with("/spec/containers", json!([app_too, other]))
    };
    insta::assert_snapshot!(messages(&second("https_proxy", "http://b:1", ".svc")), @"spec.containers[1].env[0]: `HTTPS_PROXY` of container `app` and `https_proxy` of container `other` differ, so wisp takes over neither; choose wisp's by `--set HTTPS_PROXY=VALUE`, or leave it without by `--take-proxy false`");
    insta::assert_snapshot!(messages(&second("https_proxy", PROXY, "*")), @"spec.containers[1].env[1]: `NO_PROXY` of container `app` and `NO_PROXY` of container `other` differ, so wisp takes over neither; choose wisp's by `--set NO_PROXY=VALUE`, or leave it without by `--take-proxy false`");
    for contrary in [("https_proxy", "http://b:1", ".svc"), ("https_proxy", PROXY, "*")] {
        assert_eq!(more(&second(contrary.0, contrary.1, contrary.2)), "[]");
    }
    for agreeing in [("https_proxy", PROXY, ".svc"), ("HTTPS_PROXY", "", "*"), ("HTTPS_PROXY", PROXY, "")] {
        let more = more(&second(agreeing.0, agreeing.1, agreeing.2));
        assert!(more.contains(PROXY) && more.contains(".svc"), "{agreeing:?}");
    }
}

#[test]
fn what_only_its_container_can_resolve_stays_there() {
    insta::assert_snapshot!(messages(&case(&env(&[("HTTPS_PROXY", "http://$(HOST):1")]))), @"spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is not taken over for wisp: it refers to other variables of its container; choose wisp's by `--set HTTPS_PROXY=VALUE`, or leave it without by `--take-proxy false`");
    let file = json!({"env": [{"name": "HTTPS_PROXY", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "k"}}}]});
    insta::assert_snapshot!(messages(&case(&file)), @"spec.containers[0].env[0]: `HTTPS_PROXY` of container `app` is not taken over for wisp: only its container can read where it comes from; choose wisp's by `--set HTTPS_PROXY=VALUE`, or leave it without by `--take-proxy false`");
    assert!(more(&case(&env(&[("HTTPS_PROXY", "http://u:$$(HOST)@proxy:1")]))).contains("$$(HOST)"));
}

#[test]
fn certificates_are_taken_over_with_their_mount() {
    let map = json!({"configMap": {"name": "corp"}});
    let mut mounted = mount("/etc/corp/ca.pem");
    mounted["subPath"] = json!("ca.pem");
    let pod = bundled("SSL_CERT_FILE", "/etc/corp/ca.pem", &mounted, &map);
    insta::assert_snapshot!(more(&pod), @r#"[{"name":"SSL_CERT_FILE","value":"/etc/corp/ca.pem"}]"#);
    insta::assert_snapshot!(mounts(&pod), @r#"[{"mountPath":"/etc/corp/ca.pem","name":"roots","readOnly":true,"subPath":"ca.pem"}]"#);
    insta::assert_snapshot!(messages(&pod), @"spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is taken over for wisp: `/etc/corp/ca.pem`");
    for (name, volume) in [
        ("REQUESTS_CA_BUNDLE", json!({"secret": {"secretName": "corp"}})),
        (
            "CURL_CA_BUNDLE",
            json!({"projected": {"sources": [{"configMap": {"name": "corp", "items": [{"key": "a", "path": "ca.pem", "mode": 420}]}}]}}),
        ),
        ("NODE_EXTRA_CA_CERTS", map),
    ] {
        let pod = bundled(name, "/etc/corp/ca.pem", &mount("/etc/corp/"), &volume);
        assert_eq!(more(&pod), r#"[{"name":"WISP_CA_FILE","value":"/etc/corp/ca.pem"}]"#, "{name}");
        assert_eq!(mounts(&pod), r#"[{"mountPath":"/etc/corp/","name":"roots","readOnly":true}]"#, "{name}");
    }
}

#[test]
fn certificates_that_wisp_could_not_read_are_told() {
    let map = json!({"configMap": {"name": "corp"}});
    let secret = |mode: u32| json!({"secret": {"secretName": "corp", "defaultMode": mode}});
    let mut made = mount("/etc/corp");
    made["subPathExpr"] = json!("$(POD)");
    let case_of = |path: &str, mount: &Value, volume: &Value| bundled("SSL_CERT_FILE", path, mount, volume);
    let all = [
        case(&env(&[("SSL_CERT_FILE", "/etc/ssl/cert.pem")])),
        case_of("ca.pem", &mount("/etc/corp"), &map),
        case_of("/etc/corp/../ca.pem", &mount("/etc/corp"), &map),
        case_of("/etc/corp/ca.pem", &made, &map),
        case_of("/etc/corporate/ca.pem", &mount("/etc/corp"), &map),
        case_of("/etc/corp/ca.pem", &mount("/etc/corp"), &secret(0o400)),
        case_of("/etc/wisp/ca.pem", &mount("/etc/wisp"), &map),
        case_of("/etc/ca.pem", &mount("/etc"), &map),
        bundled("CURL_CA_BUNDLE", "/etc/ssl/certs/ca.pem", &mount("/etc/ssl/certs"), &map),
    ];
    let lines: Vec<_> = all.iter().map(messages).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: the file is in no volume of the container; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: it must be a plain path from the root; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: it must be a plain path from the root; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: where its volume is mounted depends on variables of the container; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: its volume is mounted at `/`, and wisp needs its own `/wisp`; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: volume `roots` lets only root read its files; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: its volume is mounted at `/etc/wisp`, and wisp needs its own `/etc/wisp`; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `SSL_CERT_FILE` of container `app` is not taken over for wisp: its volume is mounted at `/etc`, and wisp needs its own `/etc/wisp`; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
spec.containers[0].env[0]: `CURL_CA_BUNDLE` of container `app` is not taken over for wisp: its volume is mounted at `/etc/ssl/certs`, and wisp needs its own `/etc/ssl`; choose wisp's by `--file WISP_CA_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`
");
    for pod in &all {
        assert_eq!(more(pod), "[]");
    }
    let grouped = case_of("/etc/corp/ca.pem", &mount("/etc/corp"), &secret(0o400))
        .with("/spec/securityContext", json!({"fsGroup": 1000}));
    assert!(more(&grouped).contains("SSL_CERT_FILE"));
}

#[test]
fn certificates_of_two_volumes_are_a_contradiction() {
    let of = |name: &str, volume: &str| {
        let mut container = env(&[("SSL_CERT_FILE", "/etc/corp/ca.pem")]);
        container["name"] = json!(name);
        container["volumeMounts"] = json!([{"name": volume, "mountPath": "/etc/corp"}]);
        container
    };
    let volume = |name: &str| json!({"name": name, "configMap": {"name": name}});
    let pod = case(&json!({}))
        .with("/spec/containers", json!([of("app", "a"), of("other", "b")]))
        .with("/spec/volumes", json!([volume("a"), volume("b")]));
    insta::assert_snapshot!(messages(&pod), @"spec.containers[1].env[0]: `SSL_CERT_FILE` of container `app` and `SSL_CERT_FILE` of container `other` differ, so wisp takes over neither; choose wisp's by `--file SSL_CERT_FILE=configmap/NAME/KEY`, or leave it without by `--take-proxy false`");
    assert_eq!(more(&pod), "[]");
}
