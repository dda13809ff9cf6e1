//! Containers of others that matter here, recognised by what they are, whatever they are called.
//!
//! A copied manifest has its own names and its own registry. What stays is the path of the image, the arguments that a program
//! takes, and the rights that it needs.

mod azwi;
mod image;

use serde_json::Value;

use super::{
    Diagnostic,
    additions::{CONTAINERS, MESH_CONTAINERS},
    container::Container,
};
pub(crate) use azwi::{IMAGES as AZWI_IMAGES, NAMES as AZWI_NAMES};
use image::is_of;

/// Images of meshes, by the ends of their paths: Istio, Linkerd and its distribution, Consul, Kuma.
pub(crate) const MESH_IMAGES: [&str; 9] = [
    "proxyv2",
    "linkerd-proxy",
    "linkerd-proxy-init",
    "linkerd-debug",
    "buoyantio-proxy",
    "buoyantio-proxy-init",
    "consul-dataplane",
    "kuma-dp",
    "kuma-init",
];

/// The image of wisp, by the end of its path.
pub(crate) const WISP_IMAGE: &str = "wisp";

/// A container of a mesh, which needs no tokens from wisp and must not be sent through a proxy.
pub(super) fn is_mesh(container: &Container<'_>) -> bool {
    MESH_CONTAINERS.contains(&container.name) || MESH_IMAGES.iter().any(|end| is_of(container, end))
}

/// What wisp cannot stand beside: the proxy that it takes the place of, and itself under another name.
pub(super) fn refused(containers: &[Container<'_>]) -> Vec<Diagnostic> {
    let mut diagnostics = azwi::refused(containers);
    diagnostics.extend(containers.iter().filter_map(runs_wisp));
    diagnostics
}

/// A container that runs wisp already and is not called as ours are, as a manifest has that was written by hand.
fn runs_wisp(container: &Container<'_>) -> Option<Diagnostic> {
    let first = |key: &str| container.value.get(key)?.get(0)?.as_str();
    let command = first("command").is_some_and(|program| program == "/wisp");
    let runs = ["serve", "redirect"]
        .into_iter()
        .any(|name| first("args") == Some(name));
    let ours = CONTAINERS.contains(&container.name);
    if ours || !runs || !(command || is_of(container, WISP_IMAGE)) {
        return None;
    }
    let text = format!(
        "container `{}` runs wisp already, and wispctl did not inject it; remove it, or leave the pod alone with \
         `wisp/inject: \"false\"`",
        container.name
    );
    Some(Diagnostic::new(container.at.clone(), text))
}

/// The parts of a command line: `command`, then `args`.
fn command_line<'a>(container: &Container<'a>) -> impl Iterator<Item = &'a str> {
    let value: &'a Value = container.value;
    ["command", "args"]
        .into_iter()
        .filter_map(|key| value.get(key)?.as_array())
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests;
