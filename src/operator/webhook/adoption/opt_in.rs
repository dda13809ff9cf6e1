//! Which pods are adopted.

use serde_json::{Map, Value};

use crate::operator::{
    edit::{Path, join},
    inject::Diagnostic,
};

/// The label of a namespace whose pods are adopted, and of a pod that is or is not.
pub(crate) const ADOPT: &str = "wisp/adopt";

/// Whether the pod with these `labels` is to be adopted, so far as labels say; none where the pod says nothing and nobody knows
/// what its namespace says. `namespace` has the labels of that, if they are known.
pub(crate) fn opt_in(
    labels: &Map<String, Value>,
    namespace: Option<&Value>,
) -> Result<Option<bool>, Diagnostic> {
    match labels.get(ADOPT).map(Value::as_str) {
        Some(Some("true")) => Ok(Some(true)),
        Some(Some("false")) => Ok(Some(false)),
        Some(text) => {
            let text = text.unwrap_or_default().escape_debug();
            let text = format!("label `{ADOPT}` cannot be `{text}`: expected `true` or `false`");
            Err(Diagnostic::new(path(ADOPT), text))
        }
        None => Ok(namespace.map(|labels| labels.get(ADOPT) == Some(&"true".into()))),
    }
}

/// The path of a label.
pub(super) fn path(label: &str) -> Path {
    join(&join(&join(&[], "metadata"), "labels"), label)
}
