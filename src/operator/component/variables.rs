//! Variables for all containers of a pod, whatever their names.
//!
//! Patches know containers by name only, replacements know a wildcard. What they copy comes from an object, which has to be
//! there before and gone afterwards.

use serde_json::{Value, json};

use super::{
    Selector,
    addition::Addition,
    patch::last_patch,
    workload_groups::{Target, WorkloadGroup},
};
use crate::operator::inject::additions::SIDECAR;

/// The object from which variables are copied.
const SOURCE: &str = "wisp-variables";

/// Makes the object.
pub(super) fn generator() -> String {
    format!(
        "\n# The variables of the application, in an object of this build only: it is deleted at the end.\n\
         configMapGenerator:\n- name: {SOURCE}\n  options: {{disableNameSuffixHash: true}}\n"
    )
}

/// Fills the object. It never gets to a cluster, so that it need not look like a ConfigMap.
pub(super) fn source(addition: &Addition) -> (Target, Value) {
    (selected(), object("env", &Value::from(addition.variables.clone())))
}

/// Copies each variable into each container.
pub(super) fn replacements(
    addition: &Addition,
    workload_groups: &[WorkloadGroup],
    selector: &Selector,
) -> String {
    let all = names(addition).map(|name| {
        let targets = workload_groups
            .iter()
            .flat_map(|workload_group| targets(addition, workload_group, selector, name));
        format!(
            "- source: {{kind: ConfigMap, name: {SOURCE}, fieldPath: \"env.[name={name}]\"}}\n  targets:\n{}",
            targets.collect::<String>()
        )
    });
    format!("{REPLACEMENTS}{}", all.collect::<String>())
}

/// Where the variable called `name` goes in the kinds of a group.
fn targets(
    addition: &Addition,
    workload_group: &WorkloadGroup,
    selector: &Selector,
    name: &str,
) -> Vec<String> {
    let paths: String = lists(addition)
        .map(|list| path(workload_group, list, name))
        .collect();
    workload_group
        .targets(selector)
        .map(|target| {
            format!("  - select: {target}\n    options: {{create: true}}\n    fieldPaths:\n{paths}")
        })
        .collect()
}

const REPLACEMENTS: &str = "
# Into each container, each variable. `[name=...]` is a regular expression: without ^ and $ it would find MY_NAME for NAME. Where
# it finds nothing, a variable of its own text is made and looked for; the part after the bar finds that, or it would never end.
replacements:
";

/// The variables called `name` of all containers in `list`.
fn path(workload_group: &WorkloadGroup, list: &str, name: &str) -> String {
    let list: Vec<_> = workload_group
        .path
        .iter()
        .copied()
        .chain(["spec", list])
        .collect();
    format!("    - '{}.*.env.[name=^{name}$|^\\^]'\n", list.join("."))
}

/// Takes the variables out of the sidecar, which is one of all containers, and deletes the object.
pub(super) fn transformers(
    addition: &Addition,
    workload_groups: &[WorkloadGroup],
    selector: &Selector,
) -> String {
    let mut text =
        "\n# In the end, the variables are in the application's containers only.\ntransformers:\n".to_owned();
    let own = sidecar(addition).and_then(|sidecar| sidecar.get("env"));
    let env = match own {
        None => Value::Null,
        Some(_) => names(addition)
            .map(|name| json!({"name": name, "$patch": "delete"}))
            .collect(),
    };
    let pod = json!({"spec": {"initContainers": [{"name": SIDECAR, "env": env}]}});
    for (number, workload_group) in workload_groups.iter().enumerate() {
        text.push_str(&last_patch(
            &format!("wisp-{number}"),
            &workload_group.target(selector),
            &workload_group.object(&pod),
        ));
    }
    text.push_str(&last_patch(SOURCE, &selected(), &object("$patch", &json!("delete"))));
    text
}

/// The lists of containers that get variables. The one of init containers is there, for the sidecar is in it.
fn lists(addition: &Addition) -> impl Iterator<Item = &'static str> {
    let init = sidecar(addition).is_some().then_some("initContainers");
    init.into_iter().chain(["containers"])
}

fn sidecar(addition: &Addition) -> Option<&Value> {
    let list = addition.lists.get("initContainers")?.as_array()?;
    list.iter()
        .find(|container| container.get("name") == Some(&SIDECAR.into()))
}

fn names(addition: &Addition) -> impl Iterator<Item = &str> {
    addition
        .variables
        .iter()
        .filter_map(|variable| variable.get("name")?.as_str())
}

fn selected() -> Target {
    Target(vec![("kind", "ConfigMap".to_owned()), ("name", SOURCE.to_owned())])
}

fn object(key: &str, value: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": SOURCE}, key: value})
}
