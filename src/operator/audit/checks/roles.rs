//! Roles: what identities may do besides what they are for.

use super::Finding;
use crate::operator::{
    audit::{
        facts::{Assignment, Facts},
        table::Check,
    },
    identity::roles::{Breadth, Power, Role},
};

/// Looks at the roles of the identities, or of all service principals where no identity is known.
pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .roles
        .iter()
        .filter_map(|assignment| one(facts, assignment))
        .collect()
}

fn one(facts: &Facts, assignment: &Assignment) -> Option<Finding> {
    let identity = facts
        .identities
        .iter()
        .find(|identity| identity.principal_id == assignment.principal_id);
    let about = match identity {
        Some(identity) => format!("identity {}", identity.resource.name),
        None if facts.identities.is_empty() && assignment.is_service_principal => {
            format!("principal {}", assignment.principal_id)
        }
        // Roles of people, and of what is none of the identities that are looked at.
        None => return None,
    };
    let scope = assignment.scope.trim_end_matches('/');
    // The root is above all management groups.
    let breadth = if scope.is_empty() { Some(Breadth::ManagementGroup) } else { Breadth::of(scope) };
    let is_wide = breadth.is_some_and(|breadth| breadth >= Breadth::Subscription);
    let power = Role::parse(&assignment.role).map_or(Power::Plain, |role| role.power());
    let (role, scope) = (assignment.role.escape_debug(), assignment.scope.escape_debug());
    let (check, text) = match power {
        Power::Grants => (
            Check::RoleGrants,
            format!("it is `{role}` of {scope}, and can give itself every role; take it away"),
        ),
        Power::Everything if is_wide => (
            Check::RoleBroad,
            format!("it is `{role}` of {scope}; give it roles for the resources that it uses"),
        ),
        Power::Plain if is_wide => {
            (Check::RoleWide, format!("it is `{role}` of {scope}; name the resources, if some are enough"))
        }
        _ => return None,
    };
    Some(Finding { check, about, text })
}
