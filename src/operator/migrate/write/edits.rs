//! What a workload's pod template gets beside what is injected: its service account, labels and annotations.

use serde_json::{Map, Value};

use super::moved::Moved;
use crate::operator::{
    edit::{Edit, Path, Step, get, is_empty, join},
    migrate::{choices::label, plan::Road},
    pod_identity::LABEL,
};

/// Names and values of labels or annotations.
type Texts = Vec<(String, String)>;

/// The edits of `template` before anything is injected.
pub(super) fn prepared(template: &Value, moved: &Moved<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    if moved.account.is_new {
        edits.extend(account(template, &moved.account.name));
    }
    edits.extend(metadata(template, labels(moved.road), annotations(moved)));
    edits
}

/// The labels of pods on a road.
pub(super) fn labels(road: Road) -> Texts {
    let label = label(road).map(|key| (key.to_owned(), "true".to_owned()));
    label.into_iter().collect()
}

/// The annotations of the pods of `moved`.
fn annotations(moved: &Moved<'_>) -> Texts {
    let own = moved.annotations.iter();
    own.map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

/// The edits by which pods get the service account `name`. `serviceAccount` is its name of before Kubernetes 1.0.
fn account(template: &Value, name: &str) -> Vec<Edit> {
    let spec = vec![Step::from("spec")];
    let has = |key: &str| get(template, &join(&spec, key)).is_some();
    let mut edits = set(template, &spec, "serviceAccountName", name.into());
    if has("serviceAccount") {
        edits.extend(set(template, &spec, "serviceAccount", name.into()));
    }
    edits
}

fn metadata(template: &Value, labels: Texts, annotations: Texts) -> Vec<Edit> {
    let object = |texts: Texts| -> Map<String, Value> {
        texts
            .into_iter()
            .map(|(key, value)| (key, value.into()))
            .collect()
    };
    let mut all = Map::new();
    for (key, texts) in [("labels", labels), ("annotations", annotations)] {
        if !texts.is_empty() {
            all.insert(key.to_owned(), object(texts).into());
        }
    }
    if all.is_empty() { Vec::new() } else { merged(template, &[], "metadata", &all.into()) }
}

/// The edits after which the mapping at `at` of `tree` has `value` as `key`.
pub(super) fn set(tree: &Value, at: &[Step], key: &str, value: Value) -> Vec<Edit> {
    let path: Path = join(at, key);
    match get(tree, &path) {
        Some(there) if *there == value => Vec::new(),
        Some(_) => vec![Edit::Fill { at: path, value }],
        None => vec![Edit::Add { at: at.to_vec(), key: key.to_owned(), value }],
    }
}

/// The edits after which `key` of the mapping at `at` has all that `value` has, and what it has already.
pub(super) fn merged(tree: &Value, at: &[Step], key: &str, value: &Value) -> Vec<Edit> {
    let path = join(at, key);
    match (get(tree, &path), value) {
        (Some(there), Value::Object(entries)) if there.is_object() && !is_empty(there) => entries
            .iter()
            .flat_map(|(key, value)| merged(tree, &path, key, value))
            .collect(),
        _ => set(tree, at, key, value.clone()),
    }
}

/// The edits that take the label off the pods of `template`, and what is empty without it.
pub(super) fn without_label(template: &Value) -> Vec<Edit> {
    let path = ["metadata", "labels", LABEL].map(Step::from).to_vec();
    removed(template, path, 1).into_iter().collect()
}

/// The edit that removes what is at `path`, and the mappings above it that have nothing else, down to the first `least` steps.
pub(super) fn removed(tree: &Value, path: Path, least: usize) -> Option<Edit> {
    get(tree, &path)?;
    let mut at = path;
    while at.len() > least {
        let above = at.get(..at.len() - 1).unwrap_or_default();
        let has_more = get(tree, above)
            .and_then(Value::as_object)
            .is_none_or(|map| map.len() > 1);
        if has_more {
            break;
        }
        at.pop();
    }
    Some(Edit::Remove { at })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{account, merged, removed, without_label};
    use crate::operator::edit::{Step, apply};

    fn edited(mut tree: Value, edits: &[super::Edit]) -> String {
        apply(&mut tree, edits).unwrap();
        tree.to_string()
    }

    #[test]
    fn accounts_are_named_wherever_they_are() {
        let made: Vec<_> = [
            json!({"spec": {"containers": []}}),
            json!({"spec": {"serviceAccountName": "default"}}),
            json!({"spec": {"serviceAccount": "old", "serviceAccountName": "old"}}),
            json!({"spec": {"serviceAccount": "old"}}),
        ]
        .map(|tree| edited(tree.clone(), &account(&tree, "orders")))
        .into();
        insta::assert_snapshot!(made.join("\n"), @r#"
        {"spec":{"containers":[],"serviceAccountName":"orders"}}
        {"spec":{"serviceAccountName":"orders"}}
        {"spec":{"serviceAccount":"orders","serviceAccountName":"orders"}}
        {"spec":{"serviceAccount":"orders","serviceAccountName":"orders"}}
        "#);
    }

    #[test]
    fn mappings_are_made_where_they_are_missing() {
        let labels = json!({"labels": {"wisp/inject": "true"}});
        let made: Vec<_> = [
            json!({"spec": {}}),
            json!({"metadata": {}}),
            json!({"metadata": {"name": "a"}}),
            json!({"metadata": {"labels": null}}),
            json!({"metadata": {"labels": {"a": "b", "wisp/inject": "false"}}}),
        ]
        .map(|tree| edited(tree.clone(), &merged(&tree, &[], "metadata", &labels)))
        .into();
        insta::assert_snapshot!(made.join("\n"), @r#"
        {"metadata":{"labels":{"wisp/inject":"true"}},"spec":{}}
        {"metadata":{"labels":{"wisp/inject":"true"}}}
        {"metadata":{"labels":{"wisp/inject":"true"},"name":"a"}}
        {"metadata":{"labels":{"wisp/inject":"true"}}}
        {"metadata":{"labels":{"a":"b","wisp/inject":"true"}}}
        "#);
    }

    #[test]
    fn the_label_goes_with_what_is_empty_without_it() {
        let made: Vec<_> = [
            json!({"metadata": {"labels": {"aadpodidbinding": "a", "b": "c"}}, "spec": {}}),
            json!({"metadata": {"labels": {"aadpodidbinding": "a"}, "name": "n"}}),
            json!({"metadata": {"labels": {"aadpodidbinding": "a"}}, "spec": {}}),
            json!({"metadata": {"labels": {"b": "c"}}}),
        ]
        .map(|tree| edited(tree.clone(), &without_label(&tree)))
        .into();
        insta::assert_snapshot!(made.join("\n"), @r#"
        {"metadata":{"labels":{"b":"c"}},"spec":{}}
        {"metadata":{"name":"n"}}
        {"spec":{}}
        {"metadata":{"labels":{"b":"c"}}}
        "#);
        let tree = json!({"a": {"b": {"c": 1}}});
        let path = ["a", "b", "c"].map(Step::from).to_vec();
        assert_eq!(edited(tree.clone(), &[removed(&tree, path, 2).unwrap()]), r#"{"a":{}}"#);
    }
}
