//! Containers with an identity of their own.
//!
//! Containers of a pod share its loopback interface and its redirect; what can differ are the variables they have. In the modes
//! `env` and `http-proxy` each such identity has a port of its own, at which wisp takes requests that name none for its.

use serde_json::{Value, json};

use crate::{operator::inject::options::Options, settings::keys};

/// Ports that mean something to clients: Azure Arc, the old VM extension.
const MEANT: [u16; 2] = [40_342, 50_342];

/// The ports of the identities that containers have, by the names that they are chosen by.
pub(crate) fn ports(options: &Options, spec: &Value) -> Vec<(String, u16)> {
    if !options.mode.sets_variables() {
        return Vec::new();
    }
    let taken = declared(spec);
    let is_free = |port: &u16| {
        ![options.token_port, options.admin_port].contains(port)
            && !MEANT.contains(port)
            && !taken.contains(port)
    };
    let last = options.token_port.max(options.admin_port);
    let mut free = (last..=u16::MAX).skip(1).filter(is_free);
    let mut ports: Vec<(String, u16)> = Vec::new();
    for (_, identity) in &options.container_identities {
        if ports.iter().all(|(name, _)| name != identity)
            && let Some(port) = free.next()
        {
            ports.push((identity.clone(), port));
        }
    }
    ports
}

/// The variable of the sidecar for these ports.
pub(crate) fn variable(ports: &[(String, u16)]) -> Option<Value> {
    let listeners: Vec<_> = ports
        .iter()
        .map(|(identity, port)| format!("{identity}=127.0.0.1:{port}"))
        .collect();
    (!listeners.is_empty())
        .then(|| json!({"name": keys::IDENTITY_LISTEN.variable(), "value": listeners.join(",")}))
}

/// Where the container called `name` is to ask.
pub(crate) fn port_of(options: &Options, ports: &[(String, u16)], name: &str) -> u16 {
    let identity = options
        .container_identities
        .iter()
        .find(|(container, _)| container == name)
        .map(|(_, identity)| identity);
    ports
        .iter()
        .find(|(known, _)| Some(known) == identity)
        .map_or(options.token_port, |(_, port)| *port)
}

/// The ports that the pod's containers declare.
fn declared(spec: &Value) -> Vec<u16> {
    let lists = ["initContainers", "containers"];
    let containers = lists
        .iter()
        .filter_map(|key| spec.get(key)?.as_array())
        .flatten();
    let ports = containers
        .filter_map(|container| container.get("ports")?.as_array())
        .flatten();
    ports
        .filter_map(|port| u16::try_from(port.get("containerPort")?.as_u64()?).ok())
        .collect()
}
