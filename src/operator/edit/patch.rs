//! Edits as a JSON Patch (RFC 6902), for who holds the values: an API server.

use serde_json::{Value, json};

use super::{
    Edit,
    apply::apply_one,
    path::{Path, Step, get, join},
};

/// The JSON Patch that makes `edits` to `tree`. None means that the tree is not the one that they were planned for.
///
/// A value that is added brings all of the mappings and lists that it needs with it: nothing is added to a parent that is not
/// there.
pub(crate) fn patch(tree: &Value, edits: &[Edit]) -> Option<Value> {
    let mut tree = tree.clone();
    let mut operations = Vec::new();
    for edit in edits {
        // Texts that grow or shrink are replaced as a whole, so that each operation is made from the tree as it is by then.
        apply_one(&mut tree, edit)?;
        operations.extend(operations_of(&tree, edit)?);
    }
    Some(operations.into())
}

/// The operations of one edit, after which the tree is `after`.
fn operations_of(after: &Value, edit: &Edit) -> Option<Vec<Value>> {
    let one = |operation| Some(vec![operation]);
    match edit {
        Edit::Add { at, key, value } => {
            one(json!({"op": "add", "path": pointer(&join(at, key.as_str())), "value": value}))
        }
        Edit::Prepend { at, items } => {
            let adds = items
                .iter()
                .enumerate()
                .map(|(index, item)| json!({"op": "add", "path": pointer(&join(at, index)), "value": item}));
            Some(adds.collect())
        }
        Edit::Fill { at, .. } | Edit::Empty { at, .. } | Edit::Extend { at, .. } | Edit::Trim { at, .. } => {
            one(json!({"op": "replace", "path": pointer(at), "value": get(after, at)?}))
        }
        Edit::Rename { at, from, to } => {
            let [from, to] = [from, to].map(|key| pointer(&join(at, key.as_str())));
            one(json!({"op": "move", "from": from, "path": to}))
        }
        Edit::Remove { at } => one(json!({"op": "remove", "path": pointer(at)})),
    }
}

/// `path` as a JSON Pointer (RFC 6901).
pub(crate) fn pointer(path: &Path) -> String {
    let token = |step: &Step| match step {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("/{index}"),
    };
    path.iter().map(token).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::patch;
    use crate::operator::edit::{Edit, apply, join};

    /// The patch, once it was seen to make what the edits make.
    fn patched(tree: &Value, edits: &[Edit]) -> String {
        let operations = patch(tree, edits).unwrap();
        let (mut edited, mut patched) = (tree.clone(), tree.clone());
        apply(&mut edited, edits).unwrap();
        let made: json_patch::Patch = serde_json::from_value(operations.clone()).unwrap();
        json_patch::patch(&mut patched, &made).unwrap();
        assert_eq!(patched, edited);
        let lines = operations.as_array().unwrap().iter().map(Value::to_string);
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_edit_has_its_operation() {
        let tree =
            json!({"a": [1], "b": null, "c": "x", "d": 1, "e": [1, 2], "f": {"g": "y,z"}, "h": {"i": 1}});
        let edits = [
            Edit::Remove { at: join(&join(&[], "e"), 0) },
            Edit::Prepend { at: join(&[], "a"), items: vec![json!(8), json!(9)] },
            Edit::Fill { at: join(&[], "b"), value: json!({"k": 1}) },
            Edit::Extend { at: join(&[], "c"), suffix: ",y".into() },
            Edit::Extend { at: join(&[], "c"), suffix: ",z".into() },
            Edit::Trim { at: join(&join(&[], "f"), "g"), suffix: ",z".into() },
            Edit::Empty { at: join(&[], "h"), spelling: " {}".into() },
            Edit::Rename { at: vec![], from: "d".into(), to: "a/z".into() },
            Edit::Add { at: vec![], key: "wisp/x~y".into(), value: json!(true) },
        ];
        insta::assert_snapshot!(patched(&tree, &edits), @r#"
        {"op":"remove","path":"/e/0"}
        {"op":"add","path":"/a/0","value":8}
        {"op":"add","path":"/a/1","value":9}
        {"op":"replace","path":"/b","value":{"k":1}}
        {"op":"replace","path":"/c","value":"x,y"}
        {"op":"replace","path":"/c","value":"x,y,z"}
        {"op":"replace","path":"/f/g","value":"y"}
        {"op":"replace","path":"/h","value":{}}
        {"from":"/d","op":"move","path":"/a~1z"}
        {"op":"add","path":"/wisp~1x~0y","value":true}
        "#);
    }

    #[test]
    fn what_does_not_fit_is_no_patch() {
        assert_eq!(patch(&json!({"a": 1}), &[Edit::Remove { at: join(&[], "x") }]), None);
        assert_eq!(patch(&json!({"a": 1}), &[]), Some(json!([])));
    }
}
