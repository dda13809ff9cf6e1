//! The text of a component. Its means are those that Kustomize 5.5, 5.7 and 5.8 understand alike.

use serde_json::{Map, Value, json};

use super::{
    Selector,
    addition::Addition,
    variables,
    workload_groups::{Target, workload_groups},
};
use crate::operator::manifest::render::{self, Layout};

const LAYOUT: Layout = Layout { step: 2, dash: 0 };

/// The text of `kustomization.yaml`.
pub(super) fn kustomization(addition: &Addition, selector: &Selector, made_by: &str) -> String {
    let which = selector
        .get()
        .map_or_else(|| "every workload".to_owned(), |labels| format!("workloads with the label {labels}"));
    let mut text = format!(
        "# wisp in the pods of {which}. This command wrote it; run it again instead of editing:\n\
         # {made_by}\n\
         apiVersion: kustomize.config.k8s.io/v1alpha1\n\
         kind: Component\n"
    );
    let workload_groups = workload_groups();
    let everywhere = !addition.variables.is_empty() && addition.containers.is_empty();
    if everywhere {
        text.push_str(&variables::generator());
    }
    text.push_str("\npatches:\n");
    if everywhere {
        let (target, object) = variables::source(addition);
        text.push_str(&patch(&target, &object));
    }
    let pod = pod(addition);
    for workload_group in &workload_groups {
        text.push_str(&patch(&workload_group.target(selector), &workload_group.object(&pod)));
    }
    if everywhere {
        text.push_str(&variables::replacements(addition, &workload_groups, selector));
        text.push_str(&variables::transformers(addition, &workload_groups, selector));
    }
    text
}

/// What is merged into a pod: new items of lists come first, in their order, and items that are there are merged by name.
fn pod(addition: &Addition) -> Value {
    let mut spec: Map<String, Value> = addition.lists.clone();
    if !addition.variables.is_empty() && !addition.containers.is_empty() {
        let containers = addition
            .containers
            .iter()
            .map(|name| json!({"name": name, "env": addition.variables}));
        spec.insert("containers".to_owned(), containers.collect());
    }
    json!({"metadata": addition.metadata, "spec": spec})
}

/// An item of `patches`.
fn patch(target: &Target, object: &Value) -> String {
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
