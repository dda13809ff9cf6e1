//! Whether `wisp serve` would start with what was written, and what stands beside the pod.

use std::{io, path::Path};

use serde_json::{Map, Value};

use super::{
    Kind, SetBy, Text, bindings,
    environment::{Environment, config_map},
    file::SettingsFile,
    origin::Origins,
    reference::KeyOf,
};
use crate::operator::edit::{Path as TreePath, join};
use crate::{
    operator::inject::{
        Beside, Diagnostic,
        options::{Options, annotation},
    },
    settings::{Extent, Sources},
};

/// What `wisp serve` would say to the settings of `sidecar`, and what of them cannot be checked.
pub(in crate::operator::inject) fn check(
    sidecar: &Value,
    options: &Options,
    from_webhook: bool,
    annotations: &Map<String, Value>,
    beside: Beside<'_>,
) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    let mut environment = Environment::of(sidecar, options, from_webhook, beside);
    let mut diagnostics = std::mem::take(&mut environment.diagnostics);
    let mut warnings = std::mem::take(&mut environment.warnings);
    diagnostics.extend(missing_files(options, beside));
    if !from_webhook {
        let (diagnostic, warning) = bindings::check(options, annotations, &environment);
        diagnostics.extend(diagnostic);
        warnings.extend(warning);
    }
    let file = SettingsFile::of(options, beside);
    warnings.extend(file.as_ref().and_then(SettingsFile::unseen));
    let is_partial = environment.is_partial || file.as_ref().is_some_and(|file| file.content.is_err());
    let read = |environment: &Environment| {
        let known = environment.known.iter();
        let env = known
            .map(|(name, known)| (name.as_str(), known.value.as_str()))
            .collect();
        let content = file.as_ref().and_then(|file| file.content.as_ref().ok());
        let content = content.cloned().unwrap_or_default();
        Sources::new(Vec::new(), env, Box::new(move |_: &Path| io::Result::Ok(content.clone())))
    };
    let sources = read(&environment);
    let origins = Origins { options, environment: &environment, file: file.as_ref() };
    diagnostics.extend(origins.managed(&sources));
    diagnostics.extend(origins.unknown_secrets());
    let extent = if is_partial { Extent::Partial } else { Extent::Whole };
    let found = sources.errors(extent).into_iter();
    diagnostics.extend(found.map(|diagnostic| origins.located(diagnostic)));
    (diagnostics, warnings)
}

/// The files that settings name and that are not in the objects which should have them.
fn missing_files(options: &Options, beside: Beside<'_>) -> Vec<Diagnostic> {
    let is_missing = |KeyOf { object, key }: &KeyOf| match object.kind {
        Kind::ConfigMap => config_map(&object.name, beside)
            .is_ok_and(|map| !map.data.contains_key(key) && !map.binary.contains(key)),
        Kind::Secret => {
            let found = beside.secrets(&object.name);
            !found.is_empty() && found.iter().all(|secret| !secret.is.keys.contains(key))
        }
    };
    let files = options.settings.iter().filter_map(|(_, text, by)| match text {
        Text::File(key) if is_missing(key) => Some(Diagnostic::new(
            tree_path(by),
            format!(
                "{by} names key `{}`, which {} does not have, and the pod would not start without it; add it there",
                key.key, key.object
            ),
        )),
        _ => None,
    });
    files.collect()
}

fn tree_path(by: &SetBy) -> TreePath {
    match by {
        SetBy::Annotation(key) => annotation(key),
        SetBy::Label(key) => join(&join(&join(&[], "metadata"), "labels"), *key),
        SetBy::Flag(..) => join(&[], "spec"),
    }
}
