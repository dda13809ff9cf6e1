//! The proxy of the workload identity webhook and its init container, as its annotation or a copied manifest has them.

use serde_json::Value;

use super::{command_line, image::is_of, is_mesh};
use crate::operator::inject::{Diagnostic, container::Container};

/// What they are called when the webhook adds them.
pub(crate) const NAMES: [&str; 2] = ["azwi-proxy", "azwi-proxy-init"];
/// How the paths of their images end.
pub(crate) const IMAGES: [&str; 4] =
    ["workload-identity-proxy", "workload-identity-proxy-init", "azwi-proxy", "azwi-proxy-init"];
/// All flags that the proxy knows.
const FLAGS: [&str; 3] = ["--proxy-port", "--log-level", "--probe"];
/// The variable that tells the init container where the proxy listens.
const PORT: &str = "PROXY_PORT";
/// What the init container redirects.
const IMDS: &str = "169.254.169.254";

/// Refuses the proxy: wisp does what it does, and without the webhook's variables it would never start.
pub(super) fn refused(containers: &[Container<'_>]) -> Vec<Diagnostic> {
    let ports: Vec<_> = containers.iter().filter_map(init_port).collect();
    let found: Vec<_> = containers
        .iter()
        .filter_map(|container| Some((container, sign(container, &ports)?)))
        .collect();
    let names: Vec<_> = found
        .iter()
        .map(|(container, _)| format!("`{}`", container.name))
        .collect();
    let names = names.join(" and ");
    let diagnostic = |(container, sign): &(&Container<'_>, String)| {
        let text = format!(
            "container `{}` belongs to the workload identity webhook's proxy ({sign}), which wisp replaces; remove {names}",
            container.name
        );
        Diagnostic::new(container.at.clone(), text)
    };
    found.iter().map(diagnostic).collect()
}

/// By what a container is recognised as one of the two. `ports` are where init containers say that a proxy listens.
fn sign(container: &Container<'_>, ports: &[&str]) -> Option<String> {
    if is_mesh(container) {
        return None;
    }
    if NAMES.contains(&container.name) {
        return Some("by its name".to_owned());
    }
    if IMAGES.iter().any(|end| is_of(container, end)) {
        let image = container.value.get("image").and_then(Value::as_str);
        return Some(format!("by its image `{}`", image.unwrap_or_default()));
    }
    if is_proxy(container) {
        return Some("by its arguments".to_owned());
    }
    if let Some(port) = init_port(container) {
        return Some(format!("by its variable `{PORT}` {port} and its rights"));
    }
    let port = listens(container).find(|port| ports.contains(&port.as_str()))?;
    Some(format!("by its port {port}, which an init container sends the metadata service's requests to"))
}

/// Started with flags of the proxy and no others, or looked at after its start as the webhook does it.
fn is_proxy(container: &Container<'_>) -> bool {
    const STARTED: &str = "/lifecycle/postStart/exec/command";
    let flag = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    let own: Vec<_> = command_line(container)
        .filter(|word| word.starts_with('-'))
        .map(flag)
        .collect();
    let known = own.iter().all(|flag| FLAGS.contains(&flag.as_str()));
    let probe = container.value.pointer(STARTED).and_then(Value::as_array);
    let probe: Vec<_> = probe
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(flag)
        .collect();
    let has = |flags: &[String], name: &str| flags.iter().any(|flag| flag == name);
    (known && has(&own, "--proxy-port")) || (has(&probe, "--proxy-port") && has(&probe, "--probe"))
}

/// The port in the variable of a container that may change the pod's network and brings no program of its own for that.
fn init_port<'a>(container: &Container<'a>) -> Option<&'a str> {
    let set = container.value.get("env")?.as_array()?.iter();
    let mut ports = set.filter(|set| set.get("name") == Some(&PORT.into()));
    let port = ports.find_map(|set| set.get("value")?.as_str())?;
    let plain =
        command_line(container).next().is_none() || command_line(container).any(|word| word.contains(IMDS));
    (container.is_init && !is_mesh(container) && plain && may_redirect(container)).then_some(port)
}

fn may_redirect(container: &Container<'_>) -> bool {
    let context = container
        .value
        .get("securityContext")
        .unwrap_or(&Value::Null);
    let added = context
        .pointer("/capabilities/add")
        .and_then(Value::as_array);
    let capable = added.into_iter().flatten().filter_map(Value::as_str);
    context.get("privileged") == Some(&true.into())
        || context.get("runAsUser") == Some(&0.into())
        || capable
            .into_iter()
            .any(|name| ["NET_ADMIN", "CAP_NET_ADMIN", "ALL"].contains(&name))
}

fn listens(container: &Container<'_>) -> impl Iterator<Item = String> {
    let ports = container.value.get("ports").and_then(Value::as_array);
    ports
        .into_iter()
        .flatten()
        .filter_map(|port| Some(port.get("containerPort")?.as_u64()?.to_string()))
}
