//! Places in a tree.

use serde_json::Value;

/// One step from a node to a node below it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// The value of a key.
    Key(String),
    /// An item of a list.
    Index(usize),
}

/// Where a node is, from the root of the tree.
pub(crate) type Path = Vec<Step>;

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
pub(crate) fn join(path: &[Step], step: impl Into<Step>) -> Path {
    let mut longer = path.to_vec();
    longer.push(step.into());
    longer
}

/// `path` as a user writes it: `spec.containers[0].env`.
pub(crate) fn display(path: &[Step]) -> String {
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

/// The node at `path`.
pub(crate) fn get<'a>(tree: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(tree, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.get(index),
    })
}

/// The node at `path`, to be changed.
pub(super) fn get_mut<'a>(tree: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(tree, |node, step| match step {
        Step::Key(key) => node.get_mut(key),
        Step::Index(index) => node.get_mut(index),
    })
}

#[cfg(test)]
mod tests {
    use super::{display, join};

    #[test]
    fn paths_are_spelt_as_users_write_them() {
        let path = join(&join(&join(&[], "spec"), "containers"), 1);
        assert_eq!(display(&join(&path, "env")), "spec.containers[1].env");
    }
}
