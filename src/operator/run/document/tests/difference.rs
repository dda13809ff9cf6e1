//! What counts as a change of a pod, and how it is told.

use serde_json::{Value, json};

use crate::operator::{inject::is_same, manifest::difference};

fn difference(before: &Value, after: &Value) -> Option<String> {
    difference::difference(before, after, &is_same)
}

fn pod(record: &str, container: &Value) -> Value {
    json!({"metadata": {"annotations": {"wisp/injected": record}}, "spec": {"initContainers": [container]}})
}

#[test]
fn what_an_api_server_would_not_see_is_no_difference() {
    let written = json!({"name": "wisp", "image": "wisp:1", "resources": {"requests": {"cpu": "100m"}}, "livenessProbe": {"timeoutSeconds": 3},
        "ports": [{"name": "a", "containerPort": 1, "protocol": "TCP"}]});
    let read = json!({"name": "wisp", "image": "wisp:1", "imagePullPolicy": "IfNotPresent", "terminationMessagePolicy": "File", "resources": {"requests": {"cpu": 0.1}, "limits": {}}, "terminationMessagePath": "/dev/termination-log",
        "livenessProbe": {"timeoutSeconds": 3, "successThreshold": 1}, "ports": [{"name": "a", "containerPort": 1}], "env": null});
    let (old, new) = (r#"{"mode":"env","version":"0.1.0"}"#, r#"{"mode":"env","version":"0.2.0"}"#);
    assert_eq!(difference(&pod(old, &read), &pod(new, &written)), None);
}

#[test]
fn what_differs_is_named() {
    let of = |image: &str, period: u32| {
        json!({"name": "wisp", "image": image, "livenessProbe": {"periodSeconds": period},
            "env": [{"name": "A", "value": image}, {"name": "B", "value": "b"}]})
    };
    let record = |mode: &str| json!({"mode": mode}).to_string();
    let changed = difference(&pod(&record("env"), &of("a", 1)), &pod(&record("manual"), &of("b", 1)));
    insta::assert_snapshot!(changed.unwrap(), @"metadata.annotations.wisp/injected, spec.initContainers.wisp.env.A.value, spec.initContainers.wisp.image");
    let many = |value: u32| json!({"spec": {"a": value, "b": value, "c": value, "d": value, "e": value, "f": value}});
    insta::assert_snapshot!(difference(&many(1), &many(2)).unwrap(), @"spec.a, spec.b, spec.c, spec.d, spec.e and 1 more");
    let order = |first: &str, second: &str| json!({"env": [{"name": first}, {"name": second}]});
    assert_eq!(difference(&order("A", "B"), &order("B", "A")), Some("env".to_owned()));
    assert_eq!(difference(&json!({"timeoutSeconds": 3}), &json!({})), Some("timeoutSeconds".to_owned()));
    assert_eq!(difference(&json!({"args": ["a"]}), &json!({"args": ["a", "b"]})), Some("args".to_owned()));
}
