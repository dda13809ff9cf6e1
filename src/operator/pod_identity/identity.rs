//! AzureIdentity: an identity of Azure, and what it got its tokens by.

use serde_json::Value;

use super::{
    ObjectName,
    fields::{Fields, shown},
};
use crate::names::{Authority, ClientId, TenantId};

/// The annotation by which one identity is for pods of its own namespace alone, and its value.
const BEHAVIOR: (&str, &str) = ("aadpodidentity.k8s.io/Behavior", "namespaced");

/// The fields of its `spec`.
const FIELDS: [&str; 10] = [
    "type",
    "resourceID",
    "clientID",
    "tenantID",
    "clientPassword",
    "auxiliaryTenantIDs",
    "adResourceID",
    "adEndpoint",
    "replicas",
    "metadata",
];

/// The segments of a resource id before each of its names.
const SEGMENTS: [&str; 3] = ["subscriptions", "resourcegroups", "providers"];
const PROVIDER: [&str; 2] = ["microsoft.managedidentity", "userassignedidentities"];

/// What an identity got its tokens by: `type` in numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Credential {
    /// 0: a managed identity, by the node.
    Managed,
    /// 1: an app registration, by a secret.
    Secret,
    /// 2: an app registration, by a certificate.
    Certificate,
}

/// An AzureIdentity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AzureIdentity {
    /// Its name.
    pub name: ObjectName,
    /// What it got its tokens by.
    pub credential: Credential,
    /// The client id of the managed identity or of the app registration.
    pub client_id: ClientId,
    /// The resource id of a managed identity, with a slash in front.
    pub resource_id: Option<String>,
    /// The tenant of an app registration.
    pub tenant: Option<TenantId>,
    /// Where its tokens were asked for, if it says so.
    pub authority: Option<Authority>,
    /// Whether it is for pods of its own namespace alone.
    pub is_namespaced: bool,
    /// What of it counts for nothing, a sentence each.
    pub notes: Vec<String>,
}

impl AzureIdentity {
    /// Reads `object`, which is called `name`; an error is the reason why it is of no use.
    pub(crate) fn read(object: &Value, name: ObjectName) -> Result<Self, String> {
        let fields = Fields::of(object)?;
        let credential = credential(fields)?;
        let client_id = fields
            .text("clientID")?
            .ok_or_else(|| no_client_id(fields))?;
        let client_id = client_id
            .parse()
            .map_err(|error| format!("`clientID` cannot be `{}`: {error}", shown(client_id)))?;
        let mut notes = fields.unknown(&FIELDS);
        let is_managed = credential == Credential::Managed;
        let resource_id = if is_managed { resource_id(fields, &mut notes)? } else { None };
        let tenant = if is_managed { None } else { Some(tenant(fields)?) };
        let authority = authority(fields, &mut notes)?;
        if fields
            .get("auxiliaryTenantIDs")?
            .and_then(Value::as_array)
            .is_some_and(|tenants| !tenants.is_empty())
        {
            notes.push(
                "tokens of the `auxiliaryTenantIDs` are not issued, only those of `tenantID`".to_owned(),
            );
        }
        let behavior = object
            .get("metadata")
            .and_then(|metadata| metadata.get("annotations")?.get(BEHAVIOR.0)?.as_str());
        let is_namespaced = behavior == Some(BEHAVIOR.1);
        Ok(Self { name, credential, client_id, resource_id, tenant, authority, is_namespaced, notes })
    }
}

fn credential(fields: Fields<'_>) -> Result<Credential, String> {
    let found = fields.get("type")?;
    let number = match found {
        None => Some(0),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_u64(),
    };
    match number {
        Some(0) => Ok(Credential::Managed),
        Some(1) => Ok(Credential::Secret),
        Some(2) => Ok(Credential::Certificate),
        _ => Err(format!(
            "`type` cannot be `{}`: expected 0 (managed identity), 1 (app registration with a secret) or 2 (with a certificate)",
            shown(&found.map(Value::to_string).unwrap_or_default())
        )),
    }
}

/// Why there is no client id. Schemas of later versions drop fields in the capitals of earlier ones without a word.
fn no_client_id(fields: Fields<'_>) -> String {
    let has_others = FIELDS
        .iter()
        .any(|name| *name != "type" && fields.get(name).is_ok_and(|value| value.is_some()));
    if has_others {
        "it has no `clientID`; add it".to_owned()
    } else {
        "it has no `clientID`, nor anything else: API servers drop fields that are capitalised otherwise (`ClientID`) when the object \
         is written; write it anew with `clientID`"
            .to_owned()
    }
}

/// The resource id with a slash in front, which some tools leave out. One that nobody could ask by is left out with a note.
fn resource_id(fields: Fields<'_>, notes: &mut Vec<String>) -> Result<Option<String>, String> {
    let Some(text) = fields.text("resourceID")? else { return Ok(None) };
    let inner = text.trim_matches('/');
    if is_resource_id(inner) {
        return Ok(Some(format!("/{inner}")));
    }
    notes.push(format!(
        "`resourceID` cannot be `{}`: expected /subscriptions/…/resourcegroups/…/providers/Microsoft.ManagedIdentity/\
         userAssignedIdentities/NAME; requests that name the identity by it are refused",
        shown(text)
    ));
    Ok(None)
}

fn is_resource_id(text: &str) -> bool {
    let parts: Vec<_> = text.split('/').collect();
    let is = |index: usize, word: &str| {
        parts
            .get(index)
            .is_some_and(|segment| segment.eq_ignore_ascii_case(word))
    };
    let words = SEGMENTS
        .iter()
        .zip([0, 2, 4])
        .chain(PROVIDER.iter().zip([5, 6]));
    parts.len() == 8
        && words.into_iter().all(|(word, index)| is(index, word))
        && parts
            .iter()
            .all(|segment| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn tenant(fields: Fields<'_>) -> Result<TenantId, String> {
    let text = fields
        .text("tenantID")?
        .ok_or("it has no `tenantID`, which an app registration needs; add it")?;
    text.parse()
        .map_err(|error| format!("`tenantID` cannot be `{}`: {error}", shown(text)))
}

fn authority(fields: Fields<'_>, notes: &mut Vec<String>) -> Result<Option<Authority>, String> {
    let Some(text) = fields.text("adEndpoint")? else { return Ok(None) };
    let authority = text.parse();
    if let Err(error) = &authority {
        notes.push(format!("`adEndpoint` cannot be `{}`: {error}", shown(text)));
    }
    Ok(authority.ok())
}
