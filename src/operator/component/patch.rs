//! Patches in a component, as text.

use serde_json::Value;

use super::workload_groups::Target;
use crate::operator::manifest::render::{self, Layout};

const LAYOUT: Layout = Layout { step: 2, dash: 0 };

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

/// `value`, a mapping, as lines.
fn yaml(value: &Value) -> String {
    // In the order in which people look for them.
    const FIRST: [&str; 3] = ["apiVersion", "kind", "metadata"];
    let Some(map) = value.as_object() else { return String::new() };
    let first = FIRST.iter().filter_map(|key| map.get_key_value(*key));
    let others = map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
    first
        .chain(others)
        .map(|(key, value)| render::entry(key, value, 0, LAYOUT, "\n"))
        .collect()
}

/// `text` with each of its lines at `column`.
fn indented(text: &str, column: usize) -> String {
    let margin = " ".repeat(column);
    text.split_inclusive('\n')
        .flat_map(|line| [&margin, line])
        .collect()
}
