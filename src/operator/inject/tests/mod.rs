//! Plans, made to pods and undone again.

mod added;
mod chosen;
mod hand_edits;
mod identities;
mod refused;
mod settings;
mod variables;
mod webhook;

use serde_json::{Value, json};

use super::{Beside, Decision, Options, inject, uninject};
use crate::operator::edit;

const ID: &str = "11111111-1111-1111-1111-111111111111";

fn options(choices: &[(&str, &str)]) -> Options {
    let mut options = Options::default();
    for (name, value) in [("client-id", ID), ("tenant-id", "contoso.com")]
        .iter()
        .chain(choices)
    {
        options.set(name, value).unwrap();
    }
    options
}

fn template(spec: &Value, metadata: &Value) -> Value {
    let mut all = json!({"containers": [{"name": "app"}], "serviceAccountName": "app"});
    for (key, value) in spec.as_object().unwrap() {
        all[key] = value.clone();
    }
    json!({"metadata": metadata, "spec": all})
}

/// What comes of it: the diagnostics, or the warnings and the edited template.
fn outcome(template: &Value, options: &Options) -> Result<(Vec<String>, Value), String> {
    match inject(template, options, Beside::default(), &|_| None) {
        Ok(Decision::Inject(plan)) => {
            let mut edited = template.clone();
            edit::apply(&mut edited, &plan.edits).unwrap();
            let undo = uninject(&edited).unwrap().unwrap();
            let mut undone = edited.clone();
            edit::apply(&mut undone, &undo).unwrap();
            assert_eq!(&undone, template, "out again is what it was");
            Ok((
                plan.warnings
                    .into_iter()
                    .map(|warning| warning.text)
                    .collect(),
                edited,
            ))
        }
        Ok(Decision::Skip(reason)) => Err(format!("skipped: {reason}")),
        Err(diagnostics) => {
            let texts: Vec<_> = diagnostics
                .into_iter()
                .map(|diagnostic| format!("{}: {}", edit::display(&diagnostic.at), diagnostic.text))
                .collect();
            Err(texts.join("\n"))
        }
    }
}

fn refused(spec: &Value, metadata: &Value, choices: &[(&str, &str)]) -> String {
    outcome(&template(spec, metadata), &options(choices)).unwrap_err()
}

fn accepted(spec: &Value, metadata: &Value, choices: &[(&str, &str)]) -> (String, Value) {
    let (warnings, edited) = outcome(&template(spec, metadata), &options(choices)).unwrap();
    (warnings.join("\n"), edited)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}
