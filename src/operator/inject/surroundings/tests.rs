use serde_json::{Value, json};

use super::Surroundings;

fn account(namespace: Option<&str>, says: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "app", "namespace": namespace, "annotations": {"says": says, "n": 1}}})
}

fn surroundings(documents: &[(usize, Value)]) -> Surroundings {
    let mut all = Surroundings::default();
    for (source, document) in documents {
        assert!(Surroundings::may_take(&document.to_string()));
        all.add(document, *source);
    }
    all
}

/// What the service accounts say that a pod of this file and namespace may mean.
fn meant(all: &Surroundings, source: usize, namespace: Option<&str>) -> String {
    let found = all.beside(source, namespace).service_accounts("app");
    let values: Vec<_> = found
        .iter()
        .map(|found| found.is.annotations["says"].as_str())
        .collect();
    values.join(" ")
}

#[test]
fn the_nearest_of_a_name_is_meant() {
    let all = surroundings(&[
        (0, account(Some("shop"), "exact")),
        (0, account(None, "unsaid")),
        (1, account(None, "other file")),
        (2, account(Some("bank"), "bank")),
    ]);
    for (source, namespace, expected) in [
        (0, Some("shop"), "exact"),
        (3, Some("shop"), "exact"),
        (0, None, "unsaid"),
        (1, None, "other file"),
        (5, None, "unsaid other file"),
        (0, Some("bank"), "bank"),
        (1, Some("elsewhere"), "other file"),
        (2, Some("elsewhere"), "unsaid other file"),
    ] {
        assert_eq!(meant(&all, source, namespace), expected, "{source} {namespace:?}");
    }
    assert!(all.beside(0, None).service_accounts("other").is_empty());
}

#[test]
fn what_names_another_namespace_is_not_meant() {
    let all = surroundings(&[(0, account(Some("bank"), "bank"))]);
    assert_eq!(meant(&all, 0, Some("shop")), "");
    assert_eq!(meant(&all, 0, None), "bank", "a pod without a namespace gets one when it is applied");
}

#[test]
fn all_kinds_are_taken_and_secrets_without_their_values() {
    let named = |kind: &str, rest: Value| {
        let mut object =
            json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x", "namespace": "shop"}});
        for (key, value) in rest.as_object().unwrap() {
            object[key] = value.clone();
        }
        object
    };
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": "b"}}},
        named("ConfigMap", json!({"data": {"KEY": "value", "file": "x".repeat(2000)}, "binaryData": {"b": "AA=="}})),
        named("Secret", json!({"data": {"A": "bWFya2Vk"}, "stringData": {"B": "marked"}})),
        named("LimitRange", json!({"spec": {"limits": [{"type": "Container"}]}})),
        named("ResourceQuota", json!({"spec": {"hard": {"limits.cpu": "1"}}})),
        {"apiVersion": "example.com/v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"generateName": "app-"}},
    ]});
    let all = surroundings(&[(0, list)]);
    let beside = all.beside(0, Some("shop"));
    assert_eq!(beside.namespaces()[0].is["a"], "b");
    let config_maps = beside.config_maps("x");
    assert_eq!((config_maps.len(), config_maps[0].is.data.len()), (1, 2));
    assert!(config_maps[0].is.binary.contains("b"));
    assert_eq!(config_maps[0].display(), "shop/x");
    assert_eq!(beside.secrets("x")[0].is.keys.iter().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(beside.limit_ranges()[0].is.limits, [json!({"type": "Container"})]);
    assert!(beside.quotas()[0].is.hard.contains("limits.cpu"));
    assert!(!format!("{all:?}").contains("marked") && !format!("{all:?}").contains("bWFya2Vk"));
    let other = all.beside(0, Some("other"));
    assert!(other.namespaces().is_empty() && other.limit_ranges().is_empty() && other.quotas().is_empty());
    assert!(all.beside(0, None).limit_ranges().is_empty() && all.beside(0, None).namespaces().is_empty());
    assert!(!Surroundings::may_take("kind: Deployment"));
}
