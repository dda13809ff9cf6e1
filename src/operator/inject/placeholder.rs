//! A pod that stands for any pod: what is added to it is what is added to each.

use serde_json::{Value, json};

use super::{Beside, Decision, Options, inject, options::Redirect};
use crate::operator::edit;

/// A container that stands for those of the application. No manifest can have one of this name.
pub(crate) const CONTAINER: &str = "(application)";

/// A pod of which nothing is known but the names of its containers, if those.
pub(crate) fn pod(containers: &[String]) -> Value {
    let unnamed = [CONTAINER.to_owned()];
    let names = if containers.is_empty() { unnamed.as_slice() } else { containers };
    let containers: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"spec": {"containers": containers}})
}

/// The placeholder with these traits after injection; the errors are those of injection.
pub(crate) fn injected(mut pod: Value, options: &Options) -> Result<Value, Vec<String>> {
    let plan = match inject(&pod, options, Beside::default(), &|_| None) {
        Ok(Decision::Inject(plan)) => plan,
        Ok(Decision::Skip(reason)) => return Err(vec![reason]),
        Err(diagnostics) => {
            return Err(diagnostics
                .into_iter()
                .map(|diagnostic| diagnostic.text)
                .collect());
        }
    };
    if edit::apply(&mut pod, &plan.edits).is_none() {
        return Err(vec!["the injection of a pod without anything in it failed".to_owned()]);
    }
    Ok(pod)
}

/// The choices that mean something else for each pod, so that what adds the same to all, `a component` for example, cannot
/// follow them; each with what can.
pub(crate) fn refused(options: &Options, adder: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if options.mode.redirects() && options.redirect == Redirect::Lo {
        errors.push(
            "`--redirect lo` adds a sysctl to those of each pod; use `--redirect auto`, or `wispctl inject`"
                .to_owned(),
        );
    }
    if !options.container_identities.is_empty() {
        errors.push(format!(
            "`--container-identities` gives each container its own variables, and {adder} gives all the same; use `wispctl inject`"
        ));
    }
    errors
}
