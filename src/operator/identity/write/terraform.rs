//! Plans as Terraform, formatted as `terraform fmt` does.

use std::fmt::Write as _;

use super::{
    quote::hcl,
    symbols::{of_identities, of_role, symbol},
    verification,
};
use crate::operator::identity::model::{FederatedCredential, IdentityPlan, ManagedIdentity, Principal};

/// The major version of the provider `azurerm`, whose credentials have other arguments in each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Azurerm {
    /// `parent_id` and `resource_group_name`.
    Four,
    /// `user_assigned_identity_id` alone.
    #[default]
    Five,
}

impl Azurerm {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Four, Self::Five];

    /// The version, as a flag takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Four => "4",
            Self::Five => "5",
        }
    }
}

const HEAD: &str = "\
# Identities for service accounts, made by wispctl. Credentials of an identity are written one after the other, for Azure refuses two at
# a time.
";

/// The text, or why one configuration cannot say it.
pub(crate) fn terraform(plans: &[IdentityPlan], version: Azurerm) -> Result<String, Vec<String>> {
    let subscription = subscription(plans)?;
    let has_applications = plans
        .iter()
        .any(|plan| matches!(plan.principal, Principal::Application(_)));
    let mut text = HEAD.to_owned();
    text.push_str(&providers(version, subscription, has_applications));
    for (plan, symbol) in plans.iter().zip(of_identities(plans)) {
        text.push_str(&match &plan.principal {
            Principal::Managed(identity) => managed(plan, identity, &symbol, version),
            Principal::Application(client_id) => application(plan, client_id.as_str(), &symbol),
        });
        text.push_str(&roles(plan, &symbol));
    }
    text.push('\n');
    text.push_str(&verification(plans, "#"));
    Ok(text)
}

/// The one subscription that identities are in. Scopes of roles may be in any.
fn subscription(plans: &[IdentityPlan]) -> Result<Option<&str>, Vec<String>> {
    let identities = plans.iter().filter_map(|plan| match &plan.principal {
        Principal::Managed(identity) => Some(identity),
        Principal::Application(_) => None,
    });
    let identities: Vec<_> = identities.collect();
    let Some(first) = identities.first() else { return Ok(None) };
    let others = identities
        .iter()
        .filter(|identity| identity.subscription != first.subscription);
    let wrong: Vec<_> = others
        .map(|other| {
            format!(
                "identity `{}` is in subscription {}, and one configuration is for one subscription, here {}; expand the claims of each \
                 apart",
                other.name, other.subscription, first.subscription
            )
        })
        .collect();
    if wrong.is_empty() { Ok(Some(&first.subscription)) } else { Err(wrong) }
}

fn providers(version: Azurerm, subscription: Option<&str>, has_applications: bool) -> String {
    let mut text = String::from("terraform {\n  required_providers {\n");
    let mut providers = vec![("azurerm", version.name())];
    if has_applications {
        providers.insert(0, ("azuread", "3"));
    }
    for (provider, major) in providers {
        let _ = writeln!(
            text,
            "    {provider} = {{\n      source  = \"hashicorp/{provider}\"\n      version = \"~> {major}.0\"\n    }}"
        );
    }
    text.push_str("  }\n}\n\nprovider \"azurerm\" {\n  features {}\n");
    if let Some(subscription) = subscription {
        let _ = writeln!(text, "  subscription_id = {}", hcl(subscription));
    }
    text.push_str("}\n");
    text
}

/// The identity, which is made or looked up, and how others refer to it.
fn identity_block(plan: &IdentityPlan, identity: &ManagedIdentity, symbol: &str) -> (String, String) {
    const KIND: &str = "azurerm_user_assigned_identity";
    let mut arguments =
        vec![("name", hcl(&identity.name)), ("resource_group_name", hcl(&identity.resource_group))];
    let Some(location) = &plan.location else {
        return (block("data", KIND, symbol, &arguments), format!("data.{KIND}.{symbol}"));
    };
    arguments.insert(1, ("location", hcl(location)));
    if !plan.tags.is_empty() {
        let tags: Vec<_> = plan
            .tags
            .iter()
            .map(|(key, value)| format!("{key} = {}", hcl(value)))
            .collect();
        arguments.push(("tags", format!("{{ {} }}", tags.join(", "))));
    }
    (block("resource", KIND, symbol, &arguments), format!("{KIND}.{symbol}"))
}

fn managed(plan: &IdentityPlan, identity: &ManagedIdentity, symbol: &str, version: Azurerm) -> String {
    let (mut text, reference) = identity_block(plan, identity, symbol);
    let id = format!("{reference}.id");
    text.push_str(&chain(plan, symbol, "azurerm_federated_identity_credential", |credential| {
        let mut arguments = vec![("name", hcl(&credential.name))];
        match version {
            Azurerm::Four => {
                arguments.push(("resource_group_name", hcl(&identity.resource_group)));
                arguments.push(("parent_id", id.clone()));
            }
            Azurerm::Five => arguments.push(("user_assigned_identity_id", id.clone())),
        }
        arguments.push(("audience", format!("[{}]", hcl(&credential.audience))));
        arguments
    }));
    let client_id = format!("{reference}.client_id");
    text.push_str(&output(symbol, &client_id));
    text
}

fn application(plan: &IdentityPlan, client_id: &str, symbol: &str) -> String {
    let mut text = block("data", "azuread_application", symbol, &[("client_id", hcl(client_id))]);
    text.push_str(&block("data", "azuread_service_principal", symbol, &[("client_id", hcl(client_id))]));
    let id = format!("data.azuread_application.{symbol}.id");
    text.push_str(&chain(plan, symbol, "azuread_application_federated_identity_credential", |credential| {
        vec![
            ("application_id", id.clone()),
            ("display_name", hcl(&credential.name)),
            ("audiences", format!("[{}]", hcl(&credential.audience))),
        ]
    }));
    text.push_str(&output(symbol, &format!("data.azuread_application.{symbol}.client_id")));
    text
}

/// The credentials of an identity, each after the one before it.
fn chain(
    plan: &IdentityPlan,
    identity: &str,
    kind: &str,
    arguments: impl Fn(&FederatedCredential) -> Vec<(&'static str, String)>,
) -> String {
    let mut text = String::new();
    let mut before: Option<String> = None;
    for credential in &plan.credentials {
        let name = format!("{identity}_{}", symbol(&credential.name));
        let mut arguments = arguments(credential);
        arguments.push(("issuer", hcl(&credential.issuer)));
        arguments.push(("subject", hcl(&credential.account.subject())));
        arguments.extend(before.map(|before| ("depends_on", format!("[{before}]"))));
        text.push_str(&block("resource", kind, &name, &arguments));
        before = Some(format!("{kind}.{name}"));
    }
    text
}

fn roles(plan: &IdentityPlan, identity: &str) -> String {
    let principal = match (&plan.principal, &plan.location) {
        (Principal::Managed(_), Some(_)) => format!("azurerm_user_assigned_identity.{identity}.principal_id"),
        (Principal::Managed(_), None) => {
            format!("data.azurerm_user_assigned_identity.{identity}.principal_id")
        }
        (Principal::Application(_), _) => format!("data.azuread_service_principal.{identity}.object_id"),
    };
    let mut text = String::new();
    for assignment in &plan.roles {
        let role = &assignment.role;
        let named = match (&role.name, &role.id) {
            (None, Some(id)) => (
                "role_definition_id",
                hcl(&format!("/providers/Microsoft.Authorization/roleDefinitions/{id}")),
            ),
            (name, _) => ("role_definition_name", hcl(name.as_deref().unwrap_or_default())),
        };
        let arguments = [
            ("scope", hcl(&assignment.scope)),
            named,
            ("principal_id", principal.clone()),
            ("principal_type", hcl("ServicePrincipal")),
        ];
        text.push_str(&block(
            "resource",
            "azurerm_role_assignment",
            &of_role(identity, assignment),
            &arguments,
        ));
    }
    text
}

/// A block with its arguments, whose equals signs stand below each other.
fn block(what: &str, kind: &str, name: &str, arguments: &[(&str, String)]) -> String {
    let width = arguments
        .iter()
        .map(|(key, _)| key.len())
        .max()
        .unwrap_or_default();
    let mut text = format!("\n{what} \"{kind}\" \"{name}\" {{\n");
    for (key, value) in arguments {
        let _ = writeln!(text, "  {key:width$} = {value}");
    }
    text.push_str("}\n");
    text
}

fn output(symbol: &str, value: &str) -> String {
    format!("\noutput \"{symbol}_client_id\" {{\n  value = {value}\n}}\n")
}
