//! Patches in a component, as text.

use serde_json::Value;

use super::workload_groups::Target;
use crate::operator::manifest::render::object as yaml;

/// An item of `patches`.
pub(super) fn patch(target: &Target, object: &Value) -> String {
    format!("- target: {target}\n  patch: |-\n{}", indented(&yaml(object), 4))
}

/// An item of `transformers`: a patch that is made when all else is done. `name` tells it from the others.
pub(super) fn last_patch(name: &str, target: &Target, object: &Value) -> String {
    format!(
        "- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {{name: {name}}}\n  target: {target}\n  patch: |-\n{}",
        indented(&yaml(object), 4)
    )
}

/// `text` with each of its lines at `column`.
fn indented(text: &str, column: usize) -> String {
    let margin = " ".repeat(column);
    text.split_inclusive('\n')
        .flat_map(|line| [&margin, line])
        .collect()
}
