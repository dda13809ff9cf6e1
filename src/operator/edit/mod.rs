//! Edits of a tree, described so that they can be made to values ([`apply()`]), to text and as a JSON Patch ([`mod@patch`]) alike.
//!
//! All edits of one plan name places in the tree as it was before the first of them. Plans list what is deeper first and
//! take list items from the end, so that applying them one after the other keeps every place valid.

mod apply;
mod patch;
mod path;

use serde_json::{Map, Value};

pub(crate) use apply::apply;
pub(crate) use patch::{patch, pointer};
pub(crate) use path::{Path, Step, display, get, join};

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
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
    /// A value in the place of an empty one (null, `[]` or `{}`), or a scalar in the place of another.
    Fill {
        /// The value that goes.
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
    pub(crate) fn under(mut self, prefix: &[Step]) -> Self {
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

/// The empty value that `spelling` means.
pub(crate) fn emptiness(spelling: &str) -> Value {
    match spelling.trim_start().chars().next() {
        Some('[') => Value::Array(Vec::new()),
        Some('{') => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

/// Whether there is nothing in `value`: null, `[]` or `{}`.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
