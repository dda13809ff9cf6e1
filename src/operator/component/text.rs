//! The text of a component. Its means are those that Kustomize 5.5, 5.7 and 5.8 understand alike.

use serde_json::{Map, Value, json};

use super::{Selector, addition::Addition, patch::patch, variables, workload_groups::workload_groups};

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
