//! The checklist of an incident.

use crate::operator::{
    audit::{
        inventory::model::Identity,
        review::{
            case::{Case, Found},
            model::Answer,
        },
        table::Check,
    },
    identity::model::{ManagedIdentity, Principal},
    migrate::tables::count,
};

pub(in crate::operator::audit::review) fn identity_traceable(case: &Case<'_>) -> Found {
    if !case.has_workloads() || case.inventory.identities.is_empty() {
        return Found::unseen();
    }
    let wrong = case
        .inventory
        .identities
        .iter()
        .filter(|identity| {
            identity
                .accounts
                .iter()
                .all(|account| account.workloads.is_empty())
        })
        .map(|identity| format!("{} has no workload that was read", name(identity)));
    Found::unless(wrong, format!("{} with workloads", count(case.inventory.identities.len(), "identity")))
}

pub(in crate::operator::audit::review) fn identity_revocable(case: &Case<'_>) -> Found {
    let identities = count(case.inventory.identities.len(), "identity");
    let found = case.by_checks(&[Check::IdentityShared, Check::EnvironmentShared], "");
    match found.answer {
        Answer::Yes => Found::yes(format!("{identities}, none of them shared")),
        _ => found,
    }
}

pub(in crate::operator::audit::review) fn identity_recreatable(case: &Case<'_>) -> Found {
    let claims = &case.facts.evidence.claims;
    if claims.is_empty() || case.inventory.identities.is_empty() {
        return Found::unseen();
    }
    let wrong = case
        .inventory
        .identities
        .iter()
        .filter(|identity| {
            let resource = identity
                .resource_id
                .as_deref()
                .and_then(ManagedIdentity::parse);
            !claims
                .values()
                .any(|claim| match (&claim.principal, &resource) {
                    (Principal::Managed(of), Some(resource)) => of.is(resource),
                    (Principal::Application(id), None) => identity.client_id.as_deref() == Some(id.as_str()),
                    _ => false,
                })
        })
        .map(|identity| format!("{} has no claim", name(identity)));
    Found::unless(wrong, count(claims.len(), "claim"))
}

pub(in crate::operator::audit::review) fn owner_known(case: &Case<'_>) -> Found {
    let identities = &case.inventory.identities;
    if identities.is_empty() {
        return Found::unseen();
    }
    let wrong = identities
        .iter()
        .filter(|identity| identity.owners.is_empty())
        .map(|identity| format!("{} has no owner", name(identity)));
    Found::unless(wrong, format!("{} with owners", count(identities.len(), "identity")))
}

/// An identity as people name it.
fn name(identity: &Identity) -> String {
    match (&identity.name, &identity.client_id) {
        (Some(name), _) => format!("identity {name}"),
        (None, Some(id)) => format!("client id {id}"),
        (None, None) => "an identity".to_owned(),
    }
}
