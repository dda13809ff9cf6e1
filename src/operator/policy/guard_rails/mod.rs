//! What nobody should do, whoever puts wisp into pods: each as a policy of its own, with its own switch.

mod client_ids;
mod client_secret;
mod default_account;
mod sidecar;

use serde_json::{Value, json};

use super::{
    objects::{Rule, Validation, binding, validating},
    pod::{Variable, variable},
    scope::Scope,
};
use crate::operator::inject::{Options, options::INJECT};
use crate::operator::policy::cel::quoted;

/// A guard rail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuardRail {
    /// Pods that are to have wisp have it, and its token is nobody else's.
    Sidecar,
    /// The client ids that a namespace may use.
    ClientIds,
    /// No identity for pods that name no service account.
    DefaultAccount,
    /// No secret beside an identity.
    ClientSecret,
}

/// What happens to whom a guard rail catches.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Action {
    /// The request is refused.
    #[default]
    Deny,
    /// Whoever asks is warned.
    Warn,
    /// The API server's audit log has it.
    Audit,
}

impl Action {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Deny, Self::Warn, Self::Audit];

    /// Its name in flags.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Audit => "audit",
        }
    }

    /// Its name in policies.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Deny => "Deny",
            Self::Warn => "Warn",
            Self::Audit => "Audit",
        }
    }
}

/// What a guard rail asks for, before it becomes objects of one engine or another.
pub(super) struct Policy {
    /// The last words of its name.
    pub name: &'static str,
    pub rules: Vec<Rule>,
    pub variables: Vec<Variable>,
    pub validations: Vec<Validation>,
}

impl GuardRail {
    /// All of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::Sidecar, Self::ClientIds, Self::DefaultAccount, Self::ClientSecret];

    /// Its name in arguments.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sidecar => "sidecar",
            Self::ClientIds => "client-ids",
            Self::DefaultAccount => "default-account",
            Self::ClientSecret => "client-secret",
        }
    }

    /// What it is for, for people.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Sidecar => "pods that are to have wisp have it, and nobody else mounts its token",
            Self::ClientIds => "a namespace uses the client ids that its annotation lists, and no others",
            Self::DefaultAccount => "the service account `default` has no identity",
            Self::ClientSecret => "no pod has a secret of an application beside an identity",
        }
    }

    pub(super) fn policy(self, options: &Options) -> Policy {
        match self {
            Self::Sidecar => sidecar::policy(options),
            Self::ClientIds => client_ids::policy(),
            Self::DefaultAccount => default_account::policy(),
            Self::ClientSecret => client_secret::policy(),
        }
    }
}

impl Policy {
    /// The policy and its binding.
    pub(super) fn objects(&self, scope: &Scope, action: Action) -> Vec<Value> {
        let name = self.full_name(scope);
        let more = json!({"validationActions": [action.word()]});
        vec![
            validating(&name, scope, &self.rules, &[], &self.variables, &self.validations),
            binding("ValidatingAdmissionPolicy", "v1", &name, &name, &more),
        ]
    }

    /// The name of its objects.
    pub(super) fn full_name(&self, scope: &Scope) -> String {
        format!("{}-{}", scope.name, self.name)
    }
}

/// Whether the pod is to have wisp: by its own label, else its own annotation, else the label of its namespace.
fn opted_in() -> Variable {
    let key = quoted(INJECT);
    variable(
        "isOptedIn",
        format!(
            "{key} in variables.labels ? variables.labels[{key}] != 'false' :\n\
             {key} in variables.annotations && variables.annotations[{key}] == 'false' ? false :\n\
             has(namespaceObject.metadata.labels) && {key} in namespaceObject.metadata.labels \
             && namespaceObject.metadata.labels[{key}] == 'true'"
        ),
    )
}

/// Whether the pod has an identity, by wisp or by the workload identity webhook.
fn has_identity() -> Variable {
    variable(
        "hasIdentity",
        "variables.isOptedIn || variables.isLabelled || variables.containers.exists(c, c.name == 'wisp')",
    )
}

/// Containers of every kind, those for debugging among them.
fn everyone() -> Variable {
    variable(
        "everyone",
        "variables.containers + (has(object.spec.ephemeralContainers) ? object.spec.ephemeralContainers : [])",
    )
}

/// Pods when they are made, and when a container for debugging joins them.
fn pods() -> Vec<Rule> {
    vec![super::objects::NEW_PODS, Rule { resources: &["pods/ephemeralcontainers"], operations: &["UPDATE"] }]
}
