//! What is added to a pod for the settings that are said.

use serde_json::{Value, json};

use super::{Kind, Object, Text};
use crate::{
    operator::inject::options::Options,
    settings::keys::{CONFIG, KEYS},
};

/// The volume with files that settings name.
pub(crate) const FILES: &str = "wisp-files";
/// Where it is mounted.
pub(crate) const FOLDER: &str = "/etc/wisp";

/// The variables of the sidecar.
pub(crate) fn variables(options: &Options) -> impl Iterator<Item = Value> {
    options
        .settings
        .iter()
        .map(|(variable, text, _)| match text {
            Text::Value(value) => json!({"name": variable, "value": literal(value)}),
            Text::File(_) => json!({"name": variable, "value": path(variable)}),
        })
}

/// A value as Kubernetes takes it, which puts other variables in the place of `$(NAME)`.
fn literal(value: &str) -> String {
    value.replace("$(", "$$(")
}

/// The value that Kubernetes makes of [`literal`].
pub(super) fn meant(literal: &str) -> String {
    literal.replace("$$(", "$(")
}

/// Where the rest of the variables comes from.
pub(crate) fn sources(options: &Options) -> Vec<Value> {
    let reference = |object: &Object| match object.kind {
        Kind::ConfigMap => json!({"configMapRef": {"name": object.name}}),
        Kind::Secret => json!({"secretRef": {"name": object.name}}),
    };
    options.sources().iter().map(reference).collect()
}

/// The mount of [`volume`], if there is one.
pub(crate) fn mount(options: &Options) -> Option<Value> {
    has_files(options).then(|| json!({"name": FILES, "mountPath": FOLDER, "readOnly": true}))
}

/// The volume with the files, if there are any. Only the sidecar mounts it.
pub(crate) fn volume(options: &Options) -> Option<Value> {
    let sources = options.settings.files().map(|(variable, key)| {
        let items = json!([{"key": key.key, "path": file(variable)}]);
        let source = json!({"name": key.object.name, "items": items});
        match key.object.kind {
            Kind::ConfigMap => json!({"configMap": source}),
            Kind::Secret => json!({"secret": source}),
        }
    });
    let sources: Vec<_> = sources.collect();
    has_files(options).then(|| json!({"name": FILES, "projected": {"sources": sources}}))
}

/// The path of the file that `variable` names.
pub(super) fn path(variable: &str) -> String {
    format!("{FOLDER}/{}", file(variable))
}

fn has_files(options: &Options) -> bool {
    options.settings.files().next().is_some()
}

/// The name of the setting, which no other file has.
fn file(variable: &str) -> &str {
    KEYS.iter()
        .copied()
        .chain([&CONFIG])
        .find(|key| key.variable() == variable)
        .map_or(variable, |key| key.name)
}
