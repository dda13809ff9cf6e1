//! Objects that the Azure CLI lists, told apart by what they have.

use serde_json::Value;

use super::facts::{Assignment, Credential, Facts, Identity};
use crate::operator::identity::model::ManagedIdentity;

impl Facts {
    /// Takes in an object that the Azure CLI lists.
    pub(crate) fn add_azure(&mut self, object: &Value) -> Result<(), String> {
        add(self, object)
    }
}

/// Takes from `object` what counts.
pub(super) fn add(facts: &mut Facts, object: &Value) -> Result<(), String> {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    if let Some(issuer) = object
        .pointer("/oidcIssuerProfile/issuerUrl")
        .and_then(Value::as_str)
    {
        issuer_of(facts, issuer)?;
    }
    if facts.evidence.azure(object) {
        return Ok(());
    }
    match (text("issuer"), text("clientId"), text("scope"), text("principalId")) {
        (Some(issuer), ..) if object.get("audiences").is_some() => {
            facts.credentials.push(credential(object, issuer));
            Ok(())
        }
        (Some(issuer), ..) if object.get("jwks_uri").is_some() => issuer_of(facts, issuer),
        (None, Some(client_id), None, Some(principal_id)) => {
            let identity = text("id").and_then(ManagedIdentity::parse);
            let identity = identity.ok_or("an identity whose `id` is none of a user-assigned identity")?;
            let (client_id, principal_id) = (client_id.to_ascii_lowercase(), principal_id.to_ascii_lowercase());
            let tag = |key: &str| object.get("tags")?.get(key)?.as_str().map(str::to_owned);
            facts.identities.push(Identity {
                resource: identity,
                client_id,
                principal_id,
                owner: tag("owner"),
                environment: tag("environment"),
            });
            Ok(())
        }
        (None, _, Some(scope), Some(principal_id)) => {
            let role = text("roleDefinitionName").filter(|name| !name.is_empty()).or_else(|| text("roleDefinitionId"));
            facts.roles.push(Assignment {
                principal_id: principal_id.to_ascii_lowercase(),
                is_service_principal: text("principalType") == Some("ServicePrincipal"),
                role: role.ok_or("a role assignment without a role")?.to_owned(),
                scope: scope.to_owned(),
            });
            Ok(())
        }
        _ => Err("this is no object of Kubernetes, and none of `az identity list`, `az identity federated-credential list`, `az role \
                  assignment list` or a discovery document"
            .to_owned()),
    }
}

/// A cluster has one issuer.
fn issuer_of(facts: &mut Facts, issuer: &str) -> Result<(), String> {
    match &facts.issuer {
        Some(known) if known != issuer => {
            Err(format!("the issuer is {issuer}, and {known} is known already; audit one cluster at a time"))
        }
        _ => {
            facts.issuer = Some(issuer.to_owned());
            Ok(())
        }
    }
}

fn credential(object: &Value, issuer: &str) -> Credential {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let audiences = object.get("audiences").and_then(Value::as_array);
    Credential {
        identity: ManagedIdentity::of_credential(text("id")),
        name: text("name").to_owned(),
        issuer: issuer.to_owned(),
        subject: text("subject").to_owned(),
        audiences: audiences
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    }
}
