//! Edits made to values.

use serde_json::Value;

use super::{
    Edit, emptiness,
    path::{Step, get_mut},
};

/// Makes `edits` to `tree`. None means that the tree is not the one that they were planned for.
pub(crate) fn apply(tree: &mut Value, edits: &[Edit]) -> Option<()> {
    edits.iter().try_for_each(|edit| apply_one(tree, edit))
}

pub(super) fn apply_one(tree: &mut Value, edit: &Edit) -> Option<()> {
    match edit {
        Edit::Add { at, key, value } => {
            let map = get_mut(tree, at)?.as_object_mut()?;
            map.insert(key.clone(), value.clone())
                .is_none()
                .then_some(())
        }
        Edit::Prepend { at, items } => {
            get_mut(tree, at)?
                .as_array_mut()?
                .splice(..0, items.iter().cloned());
            Some(())
        }
        Edit::Fill { at, value } => {
            *get_mut(tree, at)? = value.clone();
            Some(())
        }
        Edit::Empty { at, spelling } => {
            *get_mut(tree, at)? = emptiness(spelling);
            Some(())
        }
        Edit::Extend { at, suffix } => match get_mut(tree, at)? {
            Value::String(text) => {
                text.push_str(suffix);
                Some(())
            }
            _ => None,
        },
        Edit::Trim { at, suffix } => match get_mut(tree, at)? {
            Value::String(text) => {
                *text = text.strip_suffix(suffix.as_str())?.to_owned();
                Some(())
            }
            _ => None,
        },
        Edit::Rename { at, from, to } => {
            let map = get_mut(tree, at)?.as_object_mut()?;
            let value = map.remove(from)?;
            map.insert(to.clone(), value).is_none().then_some(())
        }
        Edit::Remove { at } => {
            let (last, parent) = at.split_last()?;
            match (get_mut(tree, parent)?, last) {
                (Value::Object(map), Step::Key(key)) => map.remove(key).map(drop),
                (Value::Array(list), Step::Index(index)) if *index < list.len() => {
                    list.remove(*index);
                    Some(())
                }
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Edit, apply};
    use crate::operator::edit::join;

    #[test]
    fn edits_are_made_to_values() {
        let mut tree = json!({"a": [1], "b": null, "c": "x", "d": 1, "e": [1, 2]});
        let edits = [
            Edit::Remove { at: join(&join(&[], "e"), 0) },
            Edit::Prepend { at: join(&[], "a"), items: vec![json!(8), json!(9)] },
            Edit::Fill { at: join(&[], "b"), value: json!({"k": 1}) },
            Edit::Extend { at: join(&[], "c"), suffix: ",y".into() },
            Edit::Rename { at: vec![], from: "d".into(), to: "z".into() },
            Edit::Add { at: vec![], key: "n".into(), value: json!(true) },
        ];
        apply(&mut tree, &edits).unwrap();
        assert_eq!(tree, json!({"a": [8, 9, 1], "b": {"k": 1}, "c": "x,y", "z": 1, "e": [2], "n": true}));
    }

    #[test]
    fn what_does_not_fit_is_not_made() {
        for edit in [
            Edit::Remove { at: join(&[], "x") },
            Edit::Add { at: vec![], key: "a".into(), value: json!(1) },
            Edit::Trim { at: join(&[], "a"), suffix: "n".into() },
            Edit::Prepend { at: join(&[], "a"), items: vec![] },
        ] {
            assert_eq!(apply(&mut json!({"a": "b"}), std::slice::from_ref(&edit)), None, "{edit:?}");
        }
    }
}
