//! Plans as Bicep, for one resource group.

use std::fmt::Write as _;

use super::{
    quote::bicep as quoted,
    symbols::{of_identities, of_role},
    verification,
};
use crate::operator::identity::{
    digest::digest,
    model::{IdentityPlan, ManagedIdentity, Principal, RoleAssignment},
};

/// The version of Azure's API for identities and federated credentials.
const IDENTITIES: &str = "2024-11-30";

const HEAD: &str = "\
// Identities for service accounts, made by wispctl. Credentials of an identity are written one after the other, for Azure refuses two
// at a time.
targetScope = 'resourceGroup'
";

/// The text, or why Bicep cannot say it.
pub(crate) fn bicep(plans: &[IdentityPlan]) -> Result<String, Vec<String>> {
    let (identities, mut wrong) = managed(plans);
    let mut text = HEAD.to_owned();
    if let Some(first) = identities.first() {
        let (group, subscription) = (&first.resource_group, &first.subscription);
        let _ = writeln!(text, "// For resource group {group} of subscription {subscription}.");
    }
    for ((plan, identity), symbol) in plans.iter().zip(&identities).zip(of_identities(plans)) {
        text.push('\n');
        text.push_str(&self::identity(plan, identity, &symbol));
        for assignment in &plan.roles {
            match role(assignment, &symbol) {
                Ok(role) => text.push_str(&role),
                Err(error) => wrong.push(error),
            }
        }
        let _ = writeln!(text, "\noutput {symbol}_client_id string = {symbol}.properties.clientId");
    }
    text.push('\n');
    text.push_str(&verification(plans, "//"));
    if wrong.is_empty() { Ok(text) } else { Err(wrong) }
}

/// The identities of one resource group, and what stands in the way.
fn managed(plans: &[IdentityPlan]) -> (Vec<&ManagedIdentity>, Vec<String>) {
    let mut identities: Vec<&ManagedIdentity> = Vec::new();
    let mut wrong = Vec::new();
    for plan in plans {
        match &plan.principal {
            Principal::Managed(identity) => identities.push(identity),
            Principal::Application(_) => wrong.push(format!(
                "{}: Bicep writes app registrations only by an extension for Microsoft Graph; use `--output az` or `--output terraform`",
                plan.principal
            )),
        }
    }
    let group = |identity: &ManagedIdentity| {
        format!("{}/{}", identity.subscription, identity.resource_group).to_ascii_lowercase()
    };
    if let Some(first) = identities.first() {
        let others = identities
            .iter()
            .filter(|identity| group(identity) != group(first));
        wrong.extend(others.map(|other| {
            format!(
                "identity `{}` is in resource group `{}`, and one Bicep file writes one group, here `{}`; expand the claims of each \
                 group apart",
                other.name, other.resource_group, first.resource_group
            )
        }));
    }
    (identities, wrong)
}

fn identity(plan: &IdentityPlan, identity: &ManagedIdentity, symbol: &str) -> String {
    let mut text = String::new();
    let existing = if plan.location.is_some() { "" } else { "existing " };
    let _ = writeln!(
        text,
        "resource {symbol} 'Microsoft.ManagedIdentity/userAssignedIdentities@{IDENTITIES}' {existing}= {{"
    );
    let _ = writeln!(text, "  name: {}", quoted(&identity.name));
    if let Some(location) = &plan.location {
        let _ = writeln!(text, "  location: {}", quoted(location));
        if !plan.tags.is_empty() {
            text.push_str("  tags: {\n");
            for (key, value) in &plan.tags {
                let _ = writeln!(text, "    {key}: {}", quoted(value));
            }
            text.push_str("  }\n");
        }
    }
    let _ = writeln!(text, "}}\n\nvar {symbol}_accounts = [");
    for credential in &plan.credentials {
        let fields = [
            ("name", &credential.name),
            ("issuer", &credential.issuer),
            ("subject", &credential.account.subject()),
            ("audience", &credential.audience),
        ];
        text.push_str("  {\n");
        for (key, value) in fields {
            let _ = writeln!(text, "    {key}: {}", quoted(value));
        }
        text.push_str("  }\n");
    }
    let _ = writeln!(
        text,
        "]\n
@batchSize(1)
resource {symbol}_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@{IDENTITIES}' = [for account in {symbol}_accounts: {{
  parent: {symbol}
  name: account.name
  properties: {{
    issuer: account.issuer
    subject: account.subject
    audiences: [
      account.audience
    ]
  }}
}}]"
    );
    text
}

/// A role assignment as a deployment of its own: its scope may be in any resource group, and Bicep's own way there is a second file.
fn role(assignment: &RoleAssignment, identity: &str) -> Result<String, String> {
    let RoleAssignment { role, scope } = assignment;
    let id = role.id.as_ref().ok_or_else(|| {
        format!(
            "role `{role}` is none of Azure's own that wispctl knows, and Bicep names roles by id; give its GUID (`az role definition list \
             --name '{role}' --query [].name`)"
        )
    })?;
    let segments: Vec<_> = scope.trim_start_matches('/').split('/').collect();
    let (subscription, group, resource) = match segments.as_slice() {
        [first, subscription] if first.eq_ignore_ascii_case("subscriptions") => (subscription, None, None),
        [first, subscription, _, group, rest @ ..] if first.eq_ignore_ascii_case("subscriptions") => {
            (subscription, Some(group), rest.get(1..).filter(|rest| !rest.is_empty()))
        }
        _ => {
            return Err(format!(
                "scope `{scope}` is none that a deployment to a resource group reaches; use `--output az`"
            ));
        }
    };
    let resource = resource.map(|segments| segments.join("/"));
    let definition =
        format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}");
    let symbol = of_role(identity, assignment);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\n// {role}\n#disable-next-line no-deployments-resources\nresource {symbol} 'Microsoft.Resources/deployments@2024-03-01' = {{"
    );
    let _ = writeln!(text, "  name: 'wisp-role-{}'", digest(&format!("{symbol} {scope}")));
    let _ = writeln!(text, "  subscriptionId: {}", quoted(subscription));
    let _ = match group {
        Some(group) => writeln!(text, "  resourceGroup: {}", quoted(group)),
        None => writeln!(text, "  location: resourceGroup().location"),
    };
    let schema = if group.is_some() { "deploymentTemplate" } else { "subscriptionDeploymentTemplate" };
    let version = if group.is_some() { "2019-04-01" } else { "2018-05-01" };
    let _ = writeln!(
        text,
        "  properties: {{
    mode: 'Incremental'
    template: {{
      '$schema': 'https://schema.management.azure.com/schemas/{version}/{schema}.json#'
      contentVersion: '1.0.0.0'
      resources: [
        {{
          type: 'Microsoft.Authorization/roleAssignments'
          apiVersion: '2022-04-01'
          name: guid({}, {identity}.id, {})",
        quoted(scope),
        quoted(id)
    );
    if let Some(resource) = resource {
        let _ = writeln!(text, "          scope: {}", quoted(&resource));
    }
    let _ = writeln!(
        text,
        "          properties: {{
            principalId: {identity}.properties.principalId
            principalType: 'ServicePrincipal'
            roleDefinitionId: {}
          }}
        }}
      ]
    }}
  }}
}}",
        quoted(&definition)
    );
    Ok(text)
}
