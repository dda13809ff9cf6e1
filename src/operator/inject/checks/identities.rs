//! Containers that are to have an identity of their own, and cannot.

use serde_json::Value;

use crate::operator::edit::{Path, get, join};
use crate::operator::inject::container::Container;
use crate::operator::inject::{
    Diagnostic,
    options::{Options, PREFIX, annotation},
    recipients::gets_variables,
};

const CHOICE: &str = "container-identities";

pub(super) fn diagnostics(
    template: &Value,
    containers: &[Container<'_>],
    options: &Options,
) -> Vec<Diagnostic> {
    if options.container_identities.is_empty() {
        return Vec::new();
    }
    if !options.mode.sets_variables() {
        let text = format!(
            "`{CHOICE}` tells containers apart by the port in their variables, and mode `{}` sets none: all containers of a pod ask \
             at the same address there; use mode `env` or `http-proxy`, or let the clients name their identity (`client_id`), which \
             works in every mode",
            options.mode.name()
        );
        return vec![Diagnostic::new(path(template), text)];
    }
    let unheard = |(name, _): &(String, String)| {
        let text = match containers.iter().find(|container| container.name == name) {
            None => format!("there is no container `{name}`, which `{CHOICE}` names"),
            Some(container) if !gets_variables(container, options) => format!(
                "container `{name}` gets no variables, so it cannot have an identity of its own, which `{CHOICE}` gives it; name it \
                 in `containers` too, or leave it out"
            ),
            Some(_) => return None,
        };
        Some(Diagnostic::new(path(template), text))
    };
    options
        .container_identities
        .iter()
        .filter_map(unheard)
        .collect()
}

/// The annotation, if that is who chose.
fn path(template: &Value) -> Path {
    let at = annotation(&format!("{PREFIX}{CHOICE}"));
    if get(template, &at).is_some() { at } else { join(&[], "spec") }
}
