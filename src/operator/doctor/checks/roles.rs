//! The roles of identities, and where they reach.

use std::collections::BTreeSet;

use super::{Look, azure::identity};
use crate::{
    doctor::{
        Check, Diagnosis, Finding,
        table::cluster::{ROLE, ROLE_SCOPE},
    },
    operator::{
        audit::Identity,
        doctor::{
            case::Case,
            tree::{names, quoted},
        },
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[role, role_scope];

const HOW_IDENTITIES: &str = "add the output of `az identity list -o json`";
const HOW_OTHERS: &str =
    "add the output of `az identity list --subscription NAME -o json` of the subscription that has it";
const HOW_ROLES: &str = "add the output of `az role assignment list --all -o json`";

/// An identity, and its roles, each with its scope.
type Roles<'a> = (&'a Identity, Vec<(&'a str, &'a str)>);

/// The roles of the workload's identity, each with its scope; why they are not known.
fn roles<'a>(case: &Case<'a>, check: &'static Check) -> Option<Result<Roles<'a>, Finding>> {
    case.client_id()?;
    if case.facts.azure.roles.is_empty() {
        return Some(Err(none_read(case, check)));
    }
    let Some(identity) = identity(case) else {
        let is_given = !case.facts.azure.identities.is_empty() || case.facts.empty_lists > 0;
        let how = if is_given { HOW_OTHERS } else { HOW_IDENTITIES };
        return Some(Err(check.not_run("the object id of the identity is not known", how)));
    };
    let roles = case
        .facts
        .azure
        .roles
        .iter()
        .filter(|role| role.principal_id == identity.principal_id)
        .map(|role| (role.role.as_str(), role.scope.as_str()))
        .collect();
    Some(Ok((identity, roles)))
}

/// Where no role was read, though perhaps a list without any.
fn none_read(case: &Case<'_>, check: &'static Check) -> Finding {
    let lists = case.facts.empty_lists;
    if lists > 0 && check.id != ROLE.id {
        return check.not_run("no role was in what was read", "mend what is said of role first");
    }
    match lists {
        0 => check.not_run("no role assignment was read", HOW_ROLES),
        // It may as well be that of the credentials, which says more.
        1 if case.facts.azure.credentials.is_empty() => check.warned(Diagnosis::new(
            "an empty list was read: if it is that of role assignments, the identity has no role, or the list is of another scope",
        )),
        _ => check.failed(Diagnosis::new(
            "an empty list was read: the identity has no role, or the list is of another scope",
        )),
    }
}

fn role(case: &Case<'_>) -> Option<Finding> {
    let (identity, roles) = match roles(case, &ROLE)? {
        Ok(found) => found,
        Err(finding) => return Some(finding),
    };
    if roles.is_empty() {
        let name = &identity.resource.name;
        let found = format!(
            "identity {name} has no role among those that were read: it gets tokens, and resources refuse them"
        );
        let line = format!("its object id is {}", identity.principal_id);
        return Some(ROLE.failed(Diagnosis::new(found).evidence(line)));
    }
    let named: BTreeSet<_> = roles.iter().map(|(role, _)| quoted(role)).collect();
    let named: Vec<_> = named.into_iter().collect();
    Some(ROLE.passed(names(&named, 3)))
}

fn role_scope(case: &Case<'_>) -> Option<Finding> {
    let resource = case.resource?.trim_end_matches('/');
    let (identity, roles) = match roles(case, &ROLE_SCOPE)? {
        Ok(found) => found,
        Err(finding) => return Some(finding),
    };
    // A role at a scope is one at all that is below it. Azure compares without regard to case.
    let resource = resource.to_ascii_lowercase();
    let reaches = |scope: &str| {
        let scope = scope.trim_end_matches('/').to_ascii_lowercase();
        let is_group = scope.contains("/providers/microsoft.management/managementgroups/");
        let rest = resource.strip_prefix(scope.as_str());
        is_group || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let reaching: Vec<_> = roles
        .iter()
        .filter(|(_, scope)| reaches(scope))
        .map(|(role, _)| quoted(role))
        .collect();
    if !reaching.is_empty() {
        return Some(ROLE_SCOPE.passed(names(&reaching, 3)));
    }
    let found =
        format!("identity {} has no role at {} or above it", identity.resource.name, quoted(&resource));
    let mut diagnosis = Diagnosis::new(found).evidence(format!("its object id is {}", identity.principal_id));
    for (role, scope) in roles.iter().take(5) {
        diagnosis = diagnosis.evidence(format!("it is {} of {}", quoted(role), quoted(scope)));
    }
    Some(ROLE_SCOPE.failed(diagnosis))
}
