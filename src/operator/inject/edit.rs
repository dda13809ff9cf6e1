//! Edits of a tree, described so that they can be made to values and to text alike.
//!
//! All edits of one plan name places in the tree as it was before the first of them. Plans list what is deeper first and
//! take list items from the end, so that applying them one after the other keeps every place valid.

use serde_json::{Map, Value};

/// One step from a node to a node below it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// An item of a list.
    Index(usize),
}

/// Where a node is, from the root of the tree.
pub type Path = Vec<Step>;

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// `path` and one more step.
pub fn below(path: &[Step], step: impl Into<Step>) -> Path {
    let mut longer = path.to_vec();
    longer.push(step.into());
    longer
}

/// `path` as a user writes it: `spec.containers[0].env`.
pub fn spelt(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
        }
    }
    text
}

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A new key in a mapping that is not empty.
    Add {
        /// The mapping.
        at: Path,
        /// The key, which is not there yet.
        key: String,
        /// Its value.
        value: Value,
    },
    /// New items at the front of a list that is not empty.
    Prepend {
        /// The list.
        at: Path,
        /// The items.
        items: Vec<Value>,
    },
    /// A value in the place of an empty one: null, `[]` or `{}`.
    Fill {
        /// The empty value.
        at: Path,
        /// What takes its place.
        value: Value,
    },
    /// The inverse of [`Edit::Fill`].
    Empty {
        /// The value that goes.
        at: Path,
        /// The empty value that was there, as it was written after the colon.
        spelling: String,
    },
    /// More text at the end of a string.
    Extend {
        /// The string.
        at: Path,
        /// The text.
        suffix: String,
    },
    /// The inverse of [`Edit::Extend`].
    Trim {
        /// The string.
        at: Path,
        /// The text that it ends with.
        suffix: String,
    },
    /// Another name for a key.
    Rename {
        /// The mapping.
        at: Path,
        /// The key.
        from: String,
        /// What it is called afterwards.
        to: String,
    },
    /// A key or a list item that goes.
    Remove {
        /// The key's value or the item.
        at: Path,
    },
}

impl Edit {
    /// The place in the tree, below `prefix`.
    #[must_use]
    pub fn beneath(mut self, prefix: &[Step]) -> Self {
        let (Self::Add { at, .. }
        | Self::Prepend { at, .. }
        | Self::Fill { at, .. }
        | Self::Empty { at, .. }
        | Self::Extend { at, .. }
        | Self::Trim { at, .. }
        | Self::Rename { at, .. }
        | Self::Remove { at }) = &mut self;
        at.splice(..0, prefix.iter().cloned());
        self
    }
}

/// The node at `path`.
pub fn get<'a>(tree: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(tree, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.get(index),
    })
}

fn get_mut<'a>(tree: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(tree, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.get_mut(index),
    })
}

/// Makes `edits` to `tree`. None means that the tree is not the one that they were planned for.
pub fn apply(tree: &mut Value, edits: &[Edit]) -> Option<()> {
    edits.iter().try_for_each(|edit| apply_one(tree, edit))
}

fn apply_one(tree: &mut Value, edit: &Edit) -> Option<()> {
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

/// The empty value that `spelling` means.
pub fn emptiness(spelling: &str) -> Value {
    match spelling.trim_start().chars().next() {
        Some('[') => Value::Array(Vec::new()),
        Some('{') => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

/// Whether there is nothing in `value`: null, `[]` or `{}`.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Edit, apply, below, spelt};

    #[test]
    fn edits_are_made_to_values() {
        let mut tree = json!({"a": [1], "b": null, "c": "x", "d": 1, "e": [1, 2]});
        let edits = [
            Edit::Remove { at: below(&below(&[], "e"), 0) },
            Edit::Prepend { at: below(&[], "a"), items: vec![json!(8), json!(9)] },
            Edit::Fill { at: below(&[], "b"), value: json!({"k": 1}) },
            Edit::Extend { at: below(&[], "c"), suffix: ",y".into() },
            Edit::Rename { at: vec![], from: "d".into(), to: "z".into() },
            Edit::Add { at: vec![], key: "n".into(), value: json!(true) },
        ];
        apply(&mut tree, &edits).unwrap();
        assert_eq!(tree, json!({"a": [8, 9, 1], "b": {"k": 1}, "c": "x,y", "z": 1, "e": [2], "n": true}));
    }

    #[test]
    fn what_does_not_fit_is_not_made() {
        for edit in [
            Edit::Remove { at: below(&[], "x") },
            Edit::Add { at: vec![], key: "a".into(), value: json!(1) },
            Edit::Trim { at: below(&[], "a"), suffix: "n".into() },
            Edit::Prepend { at: below(&[], "a"), items: vec![] },
        ] {
            assert_eq!(apply(&mut json!({"a": "b"}), std::slice::from_ref(&edit)), None, "{edit:?}");
        }
    }

    #[test]
    fn paths_are_spelt_as_users_write_them() {
        let path = below(&below(&below(&[], "spec"), "containers"), 1);
        assert_eq!(spelt(&below(&path, "env")), "spec.containers[1].env");
    }
}
