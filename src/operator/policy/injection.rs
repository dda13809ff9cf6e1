//! The policy that injects, and the one that refuses what it did not inject.

use serde_json::{Value, json};

use super::{
    cel::{list, quoted},
    checks, identity,
    mutation::{self, variable_of},
    objects::{ApiVersion, MatchCondition, NEW_PODS, Validation, binding, mutating, validating},
    pod::{self, Variable, variable},
    scope::{Scope, opt_ins},
    variants::{Variants, variants},
};
use crate::operator::inject::{
    Options,
    additions::CONTAINERS,
    options::{INJECT, Sidecar},
    placeholder,
    record::INJECTED,
    webhook::SKIP_CONTAINERS,
};

/// The objects; the errors are what a policy cannot do, each with a way that can.
///
/// `fixed` has the choices as text, by which an annotation of a pod that chooses the same is harmless.
pub(super) fn objects(
    options: &Options,
    fixed: &[(&str, String)],
    scope: &Scope,
    version: ApiVersion,
) -> Result<Vec<Value>, Vec<String>> {
    let errors = refused(options);
    if !errors.is_empty() {
        return Err(errors);
    }
    let variants = variants(options)?;
    if let Some(key) = variants.unknown() {
        return Err(vec![format!("`{key}` depends on what else is in each pod; use `wispctl inject`")]);
    }
    let mut read = pod::basics();
    read.extend(identity::variables(options));
    read.push(variable("choices", checks::choices(options, fixed)));
    read.push(variable("isInjected", format!("{} in variables.annotations", quoted(INJECTED))));
    read.push(variable("errors", checks::errors(options, scope)));
    let added = additions(options, &variants);
    let all: Vec<_> = [literals(options), read.clone(), added].concat();
    let patch = mutation::expression(options, &variants);
    let mut conditions = vec![not_left_out()];
    let refuses = validating(&scope.name, scope, &[NEW_PODS], &conditions, &read, &validations(scope));
    conditions.extend(not_twice());
    let mut objects = vec![mutating(version, scope, &conditions, &all, &patch)];
    let bindings = |kind: &str, version: &str, more: &Value| -> Vec<Value> {
        opt_ins()
            .into_iter()
            .map(|(by, resources)| {
                let mut spec = more.clone();
                spec["matchResources"] = resources;
                binding(kind, version, &format!("{}-{by}", scope.name), &scope.name, &spec)
            })
            .collect()
    };
    objects.extend(bindings("MutatingAdmissionPolicy", version.name(), &json!({})));
    objects.push(refuses);
    objects.extend(bindings("ValidatingAdmissionPolicy", "v1", &json!({"validationActions": ["Deny"]})));
    Ok(objects)
}

/// The choices that need a look into each pod that CEL cannot have.
fn refused(options: &Options) -> Vec<String> {
    let mut errors = Vec::new();
    if options.sidecar == Sidecar::Container {
        errors.push(
            "`--sidecar container` is for clusters older than native sidecars, and those have no admission policies that inject; use \
             `--sidecar native`, or `wispctl inject`"
                .to_owned(),
        );
    }
    errors.extend(placeholder::refused(options, "a policy"));
    errors
}

/// What people may want to change by hand or by Kustomize, first.
fn literals(options: &Options) -> Vec<Variable> {
    vec![variable("image", quoted(&options.image)), variable("audience", quoted(options.audience()))]
}

/// What is added.
fn additions(options: &Options, variants: &Variants) -> Vec<Variable> {
    let mut all = pod::traits();
    let skip = quoted(SKIP_CONTAINERS);
    let ours = variants.skipped().code(0);
    let names =
        if options.share_token { ours } else { format!("variables.containers.map(c, c.name) + {ours}") };
    let names = match variants.is_skipping() {
        None => names,
        Some(when) => format!("({when} ? {names} : [])"),
    };
    all.push(variable(
        "skipListed",
        format!(
            "{skip} in variables.annotations ? variables.annotations[{skip}].split(';').map(n, n.trim()) : []"
        ),
    ));
    all.push(variable("skipped", format!("({names}).filter(n, !(n in variables.skipListed))")));
    for key in ["initContainers", "volumes"] {
        for item in variants.items(key) {
            all.push(variable(variable_of(&item.name), item.value.code(0)));
        }
    }
    all.push(variable("record", variants.record().code(0)));
    all
}

/// A pod that its annotation leaves out. Where the label says the opposite, it is refused.
fn not_left_out() -> MatchCondition {
    let key = quoted(INJECT);
    let says = |map: &str, value: &str| {
        format!(
            "(has(object.metadata.{map}) && {key} in object.metadata.{map} && object.metadata.{map}[{key}] == '{value}')"
        )
    };
    ("not-left-out", format!("!{} || {}", says("annotations", "false"), says("labels", "true")))
}

/// A pod that has wisp is left alone, so that being asked again changes nothing.
fn not_twice() -> [MatchCondition; 2] {
    let names = list(CONTAINERS);
    [
        (
            "not-injected",
            format!(
                "!(has(object.metadata.annotations) && {} in object.metadata.annotations)",
                quoted(INJECTED)
            ),
        ),
        (
            "names-are-free",
            format!(
                "!(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])).exists(c, c.name in {names})"
            ),
        ),
    ]
}

fn validations(scope: &Scope) -> [Validation; 2] {
    let name = &scope.name;
    [
        Validation {
            holds: "variables.errors.size() == 0".to_owned(),
            message: "'wisp cannot get into the pod: ' + variables.errors.join('; ')".to_owned(),
            otherwise: "wisp cannot get into the pod; `wispctl inject` says why",
        },
        Validation {
            holds: "variables.errors.size() > 0 || variables.isInjected".to_owned(),
            message: quoted(&format!(
                "the pod is to have wisp, and MutatingAdmissionPolicy `{name}` did not put it in: it or its bindings are missing, or not yet \
                 in force; try again in a minute, then look at `kubectl get mutatingadmissionpolicies,mutatingadmissionpolicybindings`"
            )),
            otherwise: "the pod is to have wisp, and its policy did not put it in",
        },
    ]
}
