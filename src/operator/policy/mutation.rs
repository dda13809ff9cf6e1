//! The mutation: one expression, so that all of it happens or nothing.
//!
//! A list and its first element are added in one expression: between two mutations the API server drops lists that are empty.
//! Values are plain maps and lists; typed objects among those make API servers before 1.36.5 panic.

use serde_json::Value;

use super::{
    cel::{Cel, quoted},
    pod,
    variants::{Item, Variants},
};
use crate::operator::inject::{
    Options,
    additions::{self, NO_PROXY},
    options::{PREFIX, REPLACED},
    record::{AZWI_PROXY, INJECTED},
    webhook::{SKIP_CONTAINERS, USE_LABEL},
};

/// The variable of what is added, by the list that it is added to and its name.
pub(super) fn variable_of(name: &str) -> &'static str {
    match name {
        additions::SIDECAR => "sidecar",
        additions::INIT => "init",
        additions::CHECK => "check",
        additions::VOLUME => "tokenVolume",
        _ => "filesVolume",
    }
}

/// The expression.
pub(super) fn expression(options: &Options, variants: &Variants) -> String {
    let mut operations = application(options, variants);
    for key in ["initContainers", "volumes"] {
        operations.extend(first_of(key, &variants.items(key)));
    }
    operations.push(format!(
        "(has(object.metadata.annotations) ? [] : [{}])",
        add("'/metadata/annotations'", "dyn({})")
    ));
    operations.push(format!("[{}]", add(&annotation_path(INJECTED), "dyn(variables.record)")));
    let skipped = format!(
        "({0} in variables.annotations ? variables.annotations[{0}] + ';' : '') + {1}",
        quoted(SKIP_CONTAINERS),
        pod::SKIPPED_TEXT
    );
    operations.push(format!(
        "(variables.skipped.size() > 0 ? [{}] : [])",
        add(&annotation_path(SKIP_CONTAINERS), &format!("dyn({skipped})"))
    ));
    if let Some(when) = variants.labels() {
        let label = format!("/metadata/labels/{}", escaped(USE_LABEL));
        operations.push(format!(
            "({when} ? (has(object.metadata.labels) ? [] : [{}]) + [{}] : [])",
            add("'/metadata/labels'", "dyn({})"),
            add(&quoted(&label), "dyn('true')")
        ));
    }
    operations.push(format!(
        "({} in variables.annotations ? [JSONPatch{{op: 'move', from: {}, path: {}}}] : [])",
        quoted(AZWI_PROXY),
        annotation_path(AZWI_PROXY),
        annotation_path(&format!("{PREFIX}{REPLACED}"))
    ));
    format!("variables.errors.size() > 0 ? [] :\n{}", operations.join("\n+ "))
}

/// The variables of the application's containers. They come before init containers are added, which move those that are there.
fn application(options: &Options, variants: &Variants) -> Vec<String> {
    let Some(gets) = pod::gets_variables(options) else { return Vec::new() };
    let mut operations = Vec::new();
    for (key, list) in [("initContainers", "variables.inits"), ("containers", "object.spec.containers")] {
        let path = format!("'/spec/{key}/' + string(i) + '/env");
        let each = |when: &str, operation: &str| format!("{list}.transformList(i, c, {when}, {operation})");
        let variables = variants.variables();
        let extended = |name: &str| pod::extends(options.mode) && NO_PROXY.contains(&name);
        let names: Vec<_> = variables
            .iter()
            .filter_map(|variable| variable.get("name")?.as_str())
            .collect();
        for name in names.iter().filter(|name| extended(name)) {
            let set = format!("c.env.filter(e, e.name == {})[0]", quoted(name));
            let at = format!("{path}/' + string(c.env.map(e, e.name).indexOf({})) + '/value'", quoted(name));
            let value = format!(
                "dyn((has({set}.value) ? {set}.value : '') + {})",
                quoted(&format!(",{}", additions::direct(options)))
            );
            operations.push(each(
                &format!("{gets} && {}", pod::sets(&format!("[{}]", quoted(name)))),
                &add(&at, &value),
            ));
        }
        operations.push(each(&format!("{gets} && !has(c.env)"), &add(&format!("{path}'"), "dyn([])")));
        for variable in variables.iter().rev() {
            let name = variable
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let when = if extended(name) {
                format!("{gets} && !({})", pod::sets(&format!("[{}]", quoted(name))))
            } else {
                gets.clone()
            };
            let value = Cel::literal(variable, &[]).code(0);
            operations.push(each(&when, &add(&format!("{path}/0'"), &value)));
        }
    }
    operations
}

/// What puts `items` in their order at the front of the list `key` of the pod's `spec`.
fn first_of(key: &str, items: &[Item]) -> Vec<String> {
    let add_item = |item: &Item| {
        let operation = add(&format!("'/spec/{key}/0'"), &format!("variables.{}", variable_of(&item.name)));
        match &item.when {
            None => format!("[{operation}]"),
            Some(when) => format!("({when} ? [{operation}] : [])"),
        }
    };
    if items.is_empty() {
        return Vec::new();
    }
    let list = format!("(has(object.spec.{key}) ? [] : [{}])", add(&format!("'/spec/{key}'"), "dyn([])"));
    std::iter::once(list)
        .chain(items.iter().rev().map(add_item))
        .collect()
}

fn add(path: &str, value: &str) -> String {
    format!("JSONPatch{{op: 'add', path: {path}, value: {value}}}")
}

fn annotation_path(key: &str) -> String {
    quoted(&format!("/metadata/annotations/{}", escaped(key)))
}

/// `key` as a segment of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
