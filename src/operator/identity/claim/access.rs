//! The access list of a claim: roles and where they are given. What is too much is refused, what is much is warned of.

use super::{checks::Checks, raw::RawAccess};
use crate::{
    names::is_guid,
    operator::identity::{
        model::{Principal, RoleAssignment},
        naming,
        roles::{Breadth, Power, RESOURCES, Role},
    },
};

/// Reads the access list of an identity. It has nothing in it that the claim does not say.
pub(super) fn roles(
    access: &[RawAccess],
    principal: Option<&Principal>,
    checks: &mut Checks<'_>,
) -> Vec<RoleAssignment> {
    let mut roles: Vec<RoleAssignment> = Vec::new();
    for (index, raw) in access.iter().enumerate() {
        let index = index.to_string();
        let at = |key: &'static str| ["spec", "access", &index, key].map(str::to_owned);
        let Some(assignment) = assignment(raw, principal, &at, checks) else { continue };
        if roles.contains(&assignment) {
            checks.wrong(&words(&at("role")), format!("gives `{}` twice for one scope", assignment.role));
        } else {
            roles.push(assignment);
        }
    }
    roles
}

type At<'a> = &'a dyn Fn(&'static str) -> [String; 4];

fn words(path: &[String; 4]) -> [&str; 4] {
    path.each_ref().map(String::as_str)
}

fn assignment(
    raw: &RawAccess,
    principal: Option<&Principal>,
    at: At<'_>,
    checks: &mut Checks<'_>,
) -> Option<RoleAssignment> {
    let role = match &raw.role {
        None => {
            let hint = hints(raw).map_or_else(String::new, |roles| format!("; applications use {roles}"));
            checks.wrong(&words(&at("role")), format!("is missing{hint}"));
            None
        }
        Some(text) => match Role::parse(text) {
            Ok(role) => Some(role),
            Err(what) => {
                checks.wrong(&words(&at("role")), format!("cannot be `{}`: {what}", text.escape_debug()));
                None
            }
        },
    };
    let (scope, breadth) = scope(raw, principal, at, checks)?;
    let role = role?;
    power(&role, breadth, at, checks).then_some(RoleAssignment { role, scope })
}

/// Whether `role` may be given for something of this breadth.
fn power(role: &Role, breadth: Breadth, at: At<'_>, checks: &mut Checks<'_>) -> bool {
    let path = at("role");
    let path = words(&path);
    let wide = breadth >= Breadth::Subscription;
    match role.power() {
        Power::Grants => {
            let text = format!(
                "is `{role}`, which can give itself every other role; a workload needs none that gives roles"
            );
            checks.wrong(&path, text);
            return false;
        }
        Power::Everything if wide => {
            checks.wrong(&path, format!("is `{role}` of {}; name what the workload uses", breadth.name()));
            return false;
        }
        Power::Everything => {
            checks.warn(
                &path,
                format!("is `{role}`, which reads keys and changes settings; a data role says less"),
            );
        }
        Power::Plain if wide || breadth == Breadth::ResourceGroup => {
            checks.warn(
                &path,
                format!("is `{role}` of {}; name the resource, if one is enough", breadth.name()),
            );
        }
        Power::Plain => {}
    }
    true
}

fn scope(
    raw: &RawAccess,
    principal: Option<&Principal>,
    at: At<'_>,
    checks: &mut Checks<'_>,
) -> Option<(String, Breadth)> {
    match (&raw.scope, &raw.resource) {
        (Some(scope), None) => {
            let scope = scope.trim_end_matches('/');
            let breadth = Breadth::of(scope);
            if breadth.is_none() {
                let text = format!(
                    "cannot be `{}`: expected a resource id such as /subscriptions/GUID/resourceGroups/NAME/providers/PROVIDER/TYPE/NAME",
                    scope.escape_debug()
                );
                checks.wrong(&words(&at("scope")), text);
            }
            for (key, _) in [("resourceGroup", &raw.resource_group), ("subscriptionId", &raw.subscription_id)]
                .iter()
                .filter(|(_, value)| value.is_some())
            {
                checks.wrong(&words(&at(key)), "belongs to `resource`; `scope` says it already");
            }
            Some((scope.to_owned(), breadth?))
        }
        (None, Some(resource)) => by_type(resource, raw, principal, at, checks),
        (None, None) => {
            checks
                .wrong(&words(&at("scope")), "is missing; give `scope`, or `resource` such as keyVault/NAME");
            None
        }
        (Some(_), Some(_)) => {
            checks.wrong(&words(&at("scope")), "stands beside `resource`; keep one");
            None
        }
    }
}

/// `keyVault/orders`, in the resource group of the identity unless another is named.
fn by_type(
    resource: &str,
    raw: &RawAccess,
    principal: Option<&Principal>,
    at: At<'_>,
    checks: &mut Checks<'_>,
) -> Option<(String, Breadth)> {
    let identity = match principal {
        Some(Principal::Managed(identity)) => Some(identity),
        _ => None,
    };
    let known = resource
        .split_once('/')
        .and_then(|(word, name)| Some((RESOURCES.iter().find(|(known, ..)| *known == word)?, name)));
    let Some(((_, kind, _), name)) = known.filter(|(_, name)| naming::RESOURCE_GROUP.accepts(name)) else {
        let words_known: Vec<_> = RESOURCES.iter().map(|(word, ..)| *word).collect();
        let text = format!(
            "cannot be `{}`: expected TYPE/NAME, where TYPE is one of {}; anything else is named by `scope`",
            resource.escape_debug(),
            words_known.join(", ")
        );
        checks.wrong(&words(&at("resource")), text);
        return None;
    };
    let group = raw
        .resource_group
        .as_ref()
        .or_else(|| identity.map(|identity| &identity.resource_group));
    let subscription = raw
        .subscription_id
        .as_ref()
        .or_else(|| identity.map(|identity| &identity.subscription));
    let (Some(group), Some(subscription)) = (group, subscription) else {
        // Where the managed identity itself is wrong, that was said.
        if principal.is_some() {
            let text = "needs `resourceGroup` and `subscriptionId`, for an app registration is in none";
            checks.wrong(&words(&at("resource")), text);
        }
        return None;
    };
    let group = checks.name(&words(&at("resourceGroup")), group, &naming::RESOURCE_GROUP)?;
    if !is_guid(subscription) {
        checks.wrong(&words(&at("subscriptionId")), "must be a GUID");
        return None;
    }
    let subscription = subscription.to_ascii_lowercase();
    let scope = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}");
    Some((scope, Breadth::Resource))
}

/// The roles that applications use with the resource of `raw`.
fn hints(raw: &RawAccess) -> Option<&'static str> {
    let (word, _) = raw.resource.as_ref()?.split_once('/')?;
    RESOURCES
        .iter()
        .find(|(known, ..)| *known == word)
        .map(|(.., roles)| *roles)
}
