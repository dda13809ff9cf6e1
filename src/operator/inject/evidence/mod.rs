//! What a pod and what stands beside it say about the way to tokens, and how that goes together with wisp.
//!
//! - `account`: the service account, which may name the identity
//! - `choices`: what was chosen for all pods
//! - `credentials`: other identities and credentials of the application
//! - `labels`: labels and annotations that others read
//! - `leftovers`: variables of other ways to a managed identity
//! - `namespace`: what the namespace forbids
//! - `taken`: what wisp takes over to reach Entra
//! - `variables`: the environment of a container, as far as it can be seen

pub(super) mod account;
mod choices;
mod credentials;
mod labels;
pub(crate) mod leftovers;
mod namespace;
pub(super) mod taken;
mod variables;

use serde_json::{Map, Value};

use super::{
    Beside, Diagnostic, checks,
    container::Container,
    options::{IdentityField, Options},
    others,
    webhook::is_labelled,
};
pub(crate) use taken::BUNDLES;
use variables::Variable;

/// A pod, and what was chosen for it.
pub(super) struct Pod<'a> {
    /// Its template.
    pub template: &'a Value,
    /// Its annotations.
    pub annotations: &'a Map<String, Value>,
    /// Its labels.
    pub labels: &'a Map<String, Value>,
    /// Its containers.
    pub containers: &'a [Container<'a>],
    /// The choices.
    pub chosen: &'a Options,
    /// The choices, and what the service account adds to them.
    pub options: &'a Options,
    /// What stands beside it.
    pub beside: Beside<'a>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What cannot work.
    pub diagnostics: Vec<Diagnostic>,
    /// What the owner should know.
    pub warnings: Vec<Diagnostic>,
    /// What whoever chose for all pods should know.
    pub notes: Vec<String>,
}

/// A container of the application and its environment.
struct Application<'a> {
    pod: &'a Pod<'a>,
    container: &'a Container<'a>,
    variables: Vec<Variable>,
}

impl Application<'_> {
    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}

impl Pod<'_> {
    /// Whether a container says that it listens on `port`.
    fn listens_on(&self, port: u16) -> bool {
        let ports = self
            .containers
            .iter()
            .filter_map(|container| container.value.get("ports")?.as_array());
        ports
            .flatten()
            .any(|entry| entry.get("containerPort").and_then(Value::as_u64) == Some(port.into()))
    }

    /// The service account that it runs as.
    fn account(&self) -> &str {
        checks::account(self.template)
    }

    /// Whether the workload identity webhook comes to it.
    fn is_labelled(&self) -> bool {
        is_labelled(self.labels)
    }

    /// Whether nobody says which identity it has.
    fn lacks_identity(&self) -> bool {
        let missing = |field: &IdentityField<'_>| field.required && field.value.is_none();
        let own = self.options.token.is_own(self.labels) && self.options.names_identity_alone();
        own && self.options.identity().iter().any(missing)
    }

    /// The identity that wisp has in this pod, as far as anything says it.
    fn identity(&self) -> Vec<Known> {
        let chosen = self.chosen.identity();
        let known = |(field, chosen): (IdentityField<'_>, IdentityField<'_>)| {
            let value = match (field.value, chosen.value) {
                (Some(value), Some(_)) => Some((value.to_owned(), format!("`{}`", field.choice))),
                (Some(value), None) => {
                    Some((value.to_owned(), format!("ServiceAccount `{}`", self.account())))
                }
                (None, _) => self.known_beside(&field),
            };
            Known { what: field.what, variable: field.variable, choice: field.choice, value }
        };
        self.options
            .identity()
            .into_iter()
            .zip(chosen)
            .map(known)
            .collect()
    }

    /// What a ConfigMap says that was chosen, or the service account where the webhook reads it.
    fn known_beside(&self, field: &IdentityField<'_>) -> Option<(String, String)> {
        if let Some(name) = &self.options.config_map {
            let value = self
                .beside
                .config_maps(name)
                .first()?
                .is
                .data
                .get(field.variable)?
                .clone();
            return Some((value, format!("ConfigMap `{name}`")));
        }
        let value = account::value(&self.beside.service_accounts(self.account()), field.choice)?;
        Some((value.to_owned(), format!("ServiceAccount `{}`", self.account())))
    }

    /// Whether a container is one that is to get its tokens from wisp.
    fn is_served(&self, container: &Container<'_>) -> bool {
        let chosen = &self.options.containers;
        let is_limited = self.options.mode.sets_variables() && !chosen.is_empty();
        !others::is_mesh(container) && (!is_limited || chosen.iter().any(|name| name == container.name))
    }
}

/// A part of the identity that wisp has.
struct Known {
    /// What it is, for people.
    what: &'static str,
    /// The variable by which it is told.
    variable: &'static str,
    /// The choice.
    choice: &'static str,
    /// What it is and who says so, if that is known.
    value: Option<(String, String)>,
}

/// Looks at everything.
pub(super) fn look(pod: &Pod<'_>) -> Findings {
    let mut findings = Findings { diagnostics: others::refused(pod.containers), ..Findings::default() };
    choices::look(pod, &mut findings);
    namespace::look(pod, &mut findings);
    account::look(pod, &mut findings);
    labels::look(pod, &mut findings);
    for container in pod
        .containers
        .iter()
        .filter(|container| pod.is_served(container))
    {
        let variables = variables::variables(container, pod.beside);
        let app = Application { pod, container, variables };
        leftovers::look(&app, &mut findings);
        credentials::look(&app, &mut findings);
    }
    findings
}

#[cfg(test)]
mod tests;
