//! What keeps wisp out of a pod, and what its owner should know.

mod identities;
mod ordinary;
pub(super) mod passthrough;
mod warnings;
mod whole;

pub(super) use warnings::warnings;

use crate::entra::authority::cloud;

use serde_json::Value;

use super::{
    Diagnostic,
    additions::{CONTAINERS, VOLUMES},
    container::Container,
    options::{IdentityField, Options, PREFIX, Sidecar, annotation},
};
use crate::operator::edit::{get, join};

/// The service account that the pod of `template` runs as.
pub(crate) fn account(template: &Value) -> &str {
    let mut named = ["/spec/serviceAccountName", "/spec/serviceAccount"]
        .into_iter()
        .filter_map(|at| template.pointer(at)?.as_str());
    named.find(|name| !name.is_empty()).unwrap_or("default")
}

/// What keeps wisp out.
pub(super) fn diagnostics(
    template: &Value,
    containers: &[Container<'_>],
    options: &Options,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let spec = template.get("spec").unwrap_or(&Value::Null);
    one_identity(template, options, &mut diagnostics);
    verified(template, options, &mut diagnostics);
    names(spec, containers, &mut diagnostics);
    ports(containers, options, &mut diagnostics);
    diagnostics.extend(whole::diagnostics(spec, options));
    for name in &options.containers {
        if !containers.iter().any(|container| container.name == name) {
            let text = format!("there is no container `{name}`, which `containers` names");
            diagnostics.push(Diagnostic::new(join(&[], "spec"), text));
        }
    }
    diagnostics.extend(identities::diagnostics(template, containers, options));
    let windows = spec.pointer("/os/name") == Some(&"windows".into())
        || spec.pointer("/nodeSelector/kubernetes.io~1os") == Some(&"windows".into());
    if windows {
        let text = "a Windows pod: wisp runs on Linux only";
        diagnostics.push(Diagnostic::unsupported(join(&[], "spec"), text));
    }
    if options.mode.redirects() {
        redirect(spec, &mut diagnostics);
    }
    diagnostics.extend(passthrough::diagnostics(spec, containers, options));
    let restart = spec.get("restartPolicy").and_then(Value::as_str);
    if options.sidecar == Sidecar::Container
        && let Some(policy @ ("Never" | "OnFailure")) = restart
    {
        let text = format!(
            "a pod with restartPolicy {policy} ends when all its containers have ended, and an ordinary sidecar never does; \
             use `--sidecar native`"
        );
        diagnostics.push(Diagnostic::new(join(&join(&[], "spec"), "restartPolicy"), text));
    }
    diagnostics
}

/// Refuses an identity that two say: nobody could tell from the pod which of them is meant.
fn one_identity(template: &Value, options: &Options, diagnostics: &mut Vec<Diagnostic>) {
    let Some(config_map) = &options.config_map else { return };
    for IdentityField { what, variable, choice, value, .. } in options.identity() {
        let Some(value) = value else { continue };
        let text = format!(
            "the {what} is given twice: `{choice}` is `{value}`, and `config-map` takes {variable} from ConfigMap \
             `{config_map}`; keep one"
        );
        let own = [choice, "config-map"]
            .map(|choice| annotation(&format!("{PREFIX}{choice}")))
            .into_iter()
            .find(|at| get(template, at).is_some());
        diagnostics.push(Diagnostic::new(own.unwrap_or_else(|| join(&[], "spec")), text));
    }
}

/// Refuses to verify in a cloud for which nobody said what to get a token for: the sidecar would not start.
fn verified(template: &Value, options: &Options, diagnostics: &mut Vec<Diagnostic>) {
    let Some(Ok(authority)) = options.authority.as_deref().map(str::parse) else { return };
    if options.verify.is_some() && cloud(&authority).is_none_or(|cloud| cloud.resource_manager.is_none()) {
        let at = annotation(&format!("{PREFIX}verify"));
        let at = if get(template, &at).is_some() { at } else { join(&[], "spec") };
        let text = format!(
            "`verify` needs a resource to get a token for, and the Resource Manager of {authority} is not known"
        );
        diagnostics.push(Diagnostic::new(at, text));
    }
}

fn redirect(spec: &Value, diagnostics: &mut Vec<Diagnostic>) {
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        let text = "the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; \
                    use mode `env`";
        diagnostics.push(Diagnostic::unsupported(join(&join(&[], "spec"), "hostNetwork"), text));
    }
}

fn names(spec: &Value, containers: &[Container<'_>], diagnostics: &mut Vec<Diagnostic>) {
    for container in containers {
        let name = container.name;
        if CONTAINERS.contains(&name) {
            let text = format!(
                "the pod already has a container `{name}`, which wispctl did not inject; remove or rename it"
            );
            diagnostics.push(Diagnostic::new(container.at.clone(), text));
        }
    }
    let volumes = spec.get("volumes").and_then(Value::as_array);
    for (index, volume) in volumes.into_iter().flatten().enumerate() {
        if let Some(name) = volume.get("name").and_then(Value::as_str)
            && VOLUMES.contains(&name)
        {
            let text =
                format!("the pod already has a volume `{name}`, which wispctl did not inject; rename it");
            diagnostics.push(Diagnostic::new(join(&join(&join(&[], "spec"), "volumes"), index), text));
        }
    }
}

fn ports(containers: &[Container<'_>], options: &Options, diagnostics: &mut Vec<Diagnostic>) {
    if options.token_port == options.admin_port {
        let text = format!("`token-port` and `admin-port` are both {}; choose two", options.token_port);
        diagnostics.push(Diagnostic::new(join(&[], "spec"), text));
    }
    for container in containers {
        let ports = container.value.get("ports").and_then(Value::as_array);
        for port in ports.into_iter().flatten() {
            let number = port.get("containerPort").and_then(Value::as_u64);
            if let Some(number) = number
                && [options.token_port, options.admin_port]
                    .map(u64::from)
                    .contains(&number)
            {
                let text = format!(
                    "container `{}` listens on port {number}, which wisp needs in the same pod; move the application's, or \
                     wisp's with `token-port` and `admin-port`",
                    container.name
                );
                diagnostics.push(Diagnostic::new(join(&container.at, "ports"), text));
            }
        }
    }
}
