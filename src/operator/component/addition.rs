//! What is added to a pod of which nothing is known.

use serde_json::{Map, Value};

use crate::operator::inject::{
    Options,
    options::{Sidecar, Token},
    placeholder,
};

/// What is added to each pod.
#[derive(Debug, PartialEq)]
pub(super) struct Addition {
    /// Annotations and labels, as in a pod's `metadata`.
    pub metadata: Value,
    /// Lists that go before those of the pod's `spec`, by their keys.
    pub lists: Map<String, Value>,
    /// The variables of the application's containers.
    pub variables: Vec<Value>,
    /// The names of the containers that get them; all of the pod when there are none.
    pub containers: Vec<String>,
}

/// What these choices add to any pod; an error for each that depends on the pod.
pub(super) fn addition(options: &Options) -> Result<Addition, Vec<String>> {
    let errors = refused(options);
    if !errors.is_empty() {
        return Err(errors);
    }
    let before = placeholder::pod(&options.containers);
    let after = placeholder::injected(before.clone(), options)?;
    diff(&before, &after, &options.containers)
}

/// The choices that need a look into each pod.
fn refused(options: &Options) -> Vec<String> {
    let mut errors = Vec::new();
    if options.sidecar == Sidecar::Container {
        errors.push(
            "`--sidecar container` depends on the other containers of each pod; use `--sidecar native`, or `wispctl inject`"
                .to_owned(),
        );
    }
    errors.extend(placeholder::refused(options, "a component"));
    match options.token {
        Token::Auto => errors.push(
            "`--token auto` depends on the labels of each pod; use `--token own` or `--token webhook`, or `wispctl inject`"
                .to_owned(),
        ),
        Token::Webhook if !options.share_token => errors.push(
            "`--token webhook` needs the names of the containers that must not get the token, and a component does not know them; use `--token own`, add `--share-token true`, or use `wispctl inject`"
                .to_owned(),
        ),
        Token::Own if options.sources().is_empty() && !options.settings.lists_identities() => errors.extend(
            options
                .identity()
                .into_iter()
                .filter(|field| field.required && field.value.is_none())
                .map(|field| {
                    format!(
                        "no {}: give `--{}`, or `--config-map` with the ConfigMap that has {}",
                        field.what, field.choice, field.variable
                    )
                }),
        ),
        Token::Own | Token::Webhook => {}
    }
    errors
}

/// Tells what is ours from the placeholder.
pub(super) fn diff(before: &Value, after: &Value, names: &[String]) -> Result<Addition, Vec<String>> {
    let mut lists = Map::new();
    let mut variables = Vec::new();
    let mut errors = Vec::new();
    for (key, value) in entries(after, "/spec") {
        match (key.as_str(), value) {
            ("containers", Value::Array(containers)) if containers.len() == count(before) => {
                let env = containers.first().and_then(|first| first.get("env"));
                variables.extend(env.and_then(Value::as_array).cloned().unwrap_or_default());
            }
            ("initContainers" | "volumes", Value::Array(_)) => {
                lists.insert(key.clone(), value.clone());
            }
            _ => errors.push(needs_a_look(&format!("`{key}`"))),
        }
    }
    for (key, value) in entries(after, "/metadata/annotations") {
        let text = value.as_str().unwrap_or_default();
        if text.contains(placeholder::CONTAINER) || names.iter().any(|name| text == name) {
            errors.push(needs_a_look(&format!("annotation `{key}`")));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let metadata = after.get("metadata").cloned().unwrap_or_default();
    Ok(Addition { metadata, lists, variables, containers: names.to_vec() })
}

fn entries<'a>(pod: &'a Value, at: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let map = pod.pointer(at).and_then(Value::as_object);
    map.into_iter().flatten()
}

fn count(pod: &Value) -> usize {
    let list = pod.pointer("/spec/containers").and_then(Value::as_array);
    list.map_or(0, Vec::len)
}

fn needs_a_look(what: &str) -> String {
    format!("{what} depends on what else is in each pod; use `wispctl inject`")
}
