//! The identity of a claim: a managed identity or an app registration, and the ids that are easily taken for each other.

use super::{checks::Checks, raw::RawApplication, raw::RawManagedIdentity, raw::RawSpec};
use crate::{
    names::{ClientId, is_guid},
    operator::identity::{
        model::{ManagedIdentity, Principal},
        naming,
    },
};

/// The identity that a claim names.
pub(super) struct Identity {
    pub(super) principal: Principal,
    pub(super) client_id: Option<ClientId>,
    pub(super) location: Option<String>,
}

/// Reads the identity of `spec`.
pub(super) fn identity(spec: &RawSpec, checks: &mut Checks<'_>) -> Option<Identity> {
    match (&spec.managed_identity, &spec.application) {
        (Some(managed), None) => self::managed(managed, &spec.tenant_id, checks),
        (None, Some(application)) => self::application(application, &spec.tenant_id, checks),
        (None, None) => {
            checks.wrong(&["spec"], "names no identity; give `managedIdentity` or `application`");
            None
        }
        (Some(_), Some(_)) => {
            checks.wrong(&["spec", "application"], "stands beside `managedIdentity`; keep one");
            None
        }
    }
}

fn managed(raw: &RawManagedIdentity, tenant: &str, checks: &mut Checks<'_>) -> Option<Identity> {
    let at = |key: &'static str| ["spec", "managedIdentity", key];
    let subscription_id = raw.subscription_id.as_deref();
    let others = [("tenantId", Some(tenant)), ("subscriptionId", subscription_id)];
    let of_principal = ("principalId", raw.principal_id.as_deref());
    let client_id = raw
        .client_id
        .as_ref()
        .and_then(|id| client_id(&at("clientId"), id, &[&others[..], &[of_principal]].concat(), checks));
    if let Some(id) = &raw.principal_id
        && !is_guid(id)
    {
        checks.wrong(&at("principalId"), "must be a GUID");
    }
    let location = raw
        .location
        .as_ref()
        .and_then(|location| checks.name(&at("location"), location, &naming::LOCATION));
    let identity = match &raw.resource_id {
        Some(id) => by_id(id, raw, checks),
        None => by_name(raw, checks),
    }?;
    Some(Identity { principal: Principal::Managed(identity), client_id, location })
}

fn by_name(raw: &RawManagedIdentity, checks: &mut Checks<'_>) -> Option<ManagedIdentity> {
    let at = |key: &'static str| ["spec", "managedIdentity", key];
    let mut field = |key: &'static str, value: &Option<String>| {
        if value.is_none() {
            checks.wrong(
                &at(key),
                "is missing; give `subscriptionId`, `resourceGroup` and `name`, or `resourceId`",
            );
        }
        value.clone()
    };
    let subscription = field("subscriptionId", &raw.subscription_id);
    let group = field("resourceGroup", &raw.resource_group);
    let name = field("name", &raw.name);
    let subscription = subscription.and_then(|id| {
        if !is_guid(&id) {
            checks
                .wrong(&at("subscriptionId"), format!("cannot be `{}`: expected a GUID", id.escape_debug()));
        }
        is_guid(&id).then(|| id.to_ascii_lowercase())
    });
    let resource_group =
        group.and_then(|group| checks.name(&at("resourceGroup"), &group, &naming::RESOURCE_GROUP));
    let name = name.and_then(|name| checks.name(&at("name"), &name, &naming::IDENTITY));
    Some(ManagedIdentity { subscription: subscription?, resource_group: resource_group?, name: name? })
}

/// An identity that is there, so where it is made is no matter.
fn by_id(id: &str, raw: &RawManagedIdentity, checks: &mut Checks<'_>) -> Option<ManagedIdentity> {
    let at = |key: &'static str| ["spec", "managedIdentity", key];
    let besides = [
        ("subscriptionId", raw.subscription_id.is_some()),
        ("resourceGroup", raw.resource_group.is_some()),
        ("name", raw.name.is_some()),
        ("location", raw.location.is_some()),
    ];
    for (key, _) in besides.iter().filter(|(_, is_there)| *is_there) {
        checks.wrong(&at(key), "stands beside `resourceId`, which names an identity that is there; keep one");
    }
    let identity = ManagedIdentity::parse(id);
    if identity.is_none() {
        let text = format!(
            "cannot be `{}`: expected /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME",
            id.escape_debug()
        );
        checks.wrong(&at("resourceId"), text);
    }
    identity
}

fn application(raw: &RawApplication, tenant: &str, checks: &mut Checks<'_>) -> Option<Identity> {
    let others = [("tenantId", Some(tenant)), ("objectId", raw.object_id.as_deref())];
    let id = client_id(&["spec", "application", "clientId"], &raw.client_id, &others, checks)?;
    Some(Identity { principal: Principal::Application(id.clone()), client_id: Some(id), location: None })
}

/// A client id, which is none of the `others`: GUIDs look alike, and Entra says no more than that nobody has that one.
fn client_id(
    at: &[&str],
    text: &str,
    others: &[(&str, Option<&str>)],
    checks: &mut Checks<'_>,
) -> Option<ClientId> {
    let same = others
        .iter()
        .find(|(_, other)| is_guid(text) && other.is_some_and(|other| other.eq_ignore_ascii_case(text)));
    if let Some((name, _)) = same {
        let text = format!(
            "is the same GUID as `{name}`; expected the client (application) id, which is another one"
        );
        checks.wrong(at, text);
        return None;
    }
    checks.parsed(at, text)
}
