//! Whether our webhook selects what asks for wisp.

use serde_json::Value;

use super::webhook::name;
use crate::{
    doctor::{Check, Diagnosis, Finding},
    operator::{
        cluster::NAMESPACES,
        doctor::{
            case::Case,
            facts::{Facts, Known},
            tree::{NOTHING, list, quoted, text},
        },
    },
};

/// The label that API servers put on each namespace.
const NAME: &str = "kubernetes.io/metadata.name";

/// Looks at each workload that asks, or else whether any namespace is selected at all. There may be several webhooks of ours, `all`,
/// each for namespaces of its own: what one of them selects, the others may leave alone.
pub(super) fn look(
    check: &'static Check,
    facts: &Facts,
    (configuration, all): (&Value, &[&Value]),
    cases: &[Case<'_>],
) -> Finding {
    let entries = list(configuration, "/webhooks");
    for case in cases.iter().filter(|case| case.wants_wisp()) {
        let Known::There(namespace) = facts.get(NAMESPACES, "", &case.workload.namespace) else { continue };
        let in_namespace: Vec<_> = all
            .iter()
            .flat_map(|one| list(one, "/webhooks"))
            .filter(|entry| selects(entry.pointer("/namespaceSelector"), namespace))
            .collect();
        let pod = case.template();
        let is_selected = in_namespace
            .iter()
            .any(|entry| selects(entry.pointer("/objectSelector"), pod));
        if is_selected || (case.has_wisp() && !in_namespace.is_empty()) {
            continue;
        }
        let which = if in_namespace.is_empty() { "namespaceSelector" } else { "objectSelector" };
        let found = format!("no entry of {} selects {}", name(configuration), case.workload.display());
        let line =
            format!("by {which}: namespace {} has the labels {}", case.workload.namespace, labels(namespace));
        return check.failed(Diagnosis::new(found).evidence(line));
    }
    let namespaces: Vec<_> = facts.of(NAMESPACES, None).collect();
    let selects_some = entries.iter().any(|entry| {
        namespaces
            .iter()
            .any(|namespace| selects(entry.pointer("/namespaceSelector"), namespace))
    });
    if facts.lacks(NAMESPACES, "").is_none() && !selects_some {
        let found = format!("no namespace of the cluster is selected by {}", name(configuration));
        return check.failed(Diagnosis::new(found));
    }
    check.passed("")
}

/// Its labels, the first of them.
fn labels(object: &Value) -> String {
    let labels = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    let mut shown: Vec<_> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| quoted(&format!("{key}={}", value.as_str().unwrap_or_default())))
        .collect();
    shown.sort();
    shown.truncate(8);
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// Whether a label selector of Kubernetes selects an object; one that is not there selects everything.
pub(super) fn selects(selector: Option<&Value>, object: &Value) -> bool {
    let selector = selector.unwrap_or(&NOTHING);
    let label = |key: &str| {
        let label = object
            .pointer("/metadata/labels")
            .and_then(|labels| labels.get(key)?.as_str());
        // Dumps of old clusters lack it.
        label.or_else(|| (key == NAME).then(|| text(object, "/metadata/name")))
    };
    let matches = selector.pointer("/matchLabels").and_then(Value::as_object);
    let by_labels = matches
        .into_iter()
        .flatten()
        .all(|(key, value)| label(key) == value.as_str());
    by_labels
        && list(selector, "/matchExpressions")
            .iter()
            .all(|expression| {
                let value = label(text(expression, "/key"));
                let is_in = list(expression, "/values")
                    .iter()
                    .any(|one| one.as_str().is_some() && one.as_str() == value);
                match text(expression, "/operator") {
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    "In" => is_in,
                    "NotIn" => !is_in,
                    _ => true,
                }
            })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::selects;

    #[test]
    fn selectors_are_those_of_kubernetes() {
        let object = json!({"metadata": {"name": "shop", "labels": {"a": "1"}}});
        let of = |selector| selects(Some(&selector), &object);
        let expression = |key: &str, operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        assert!(selects(None, &object) && of(json!({})) && of(json!({"matchLabels": {"a": "1"}})));
        assert!(!of(json!({"matchLabels": {"a": "2"}})));
        assert!(of(expression("a", "Exists", &[])) && !of(expression("b", "Exists", &[])));
        assert!(of(expression("b", "DoesNotExist", &[])) && !of(expression("a", "DoesNotExist", &[])));
        assert!(of(expression("a", "In", &["1", "2"])) && !of(expression("b", "In", &["1"])));
        assert!(of(expression("b", "NotIn", &["1"])) && !of(expression("a", "NotIn", &["1"])));
        assert!(of(expression("kubernetes.io/metadata.name", "In", &["shop"])));
    }
}
