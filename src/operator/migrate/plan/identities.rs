//! What has to exist in Azure: federated credentials. What an identity may do is not touched.

use std::collections::BTreeMap;

use super::{
    decisions::Principal,
    draft::Draft,
    known::Known,
    model::{ClusterFacts, PlannedCredential, PlannedIdentity},
};
use crate::operator::{
    identity::{Account, credential_name},
    migrate::inventory::{
        Inventory,
        model::{FederatedCredential, Identity},
    },
    pod_identity::ObjectName,
};

/// The identities of `drafts`, by client id, with their credentials in the order in which they are needed.
pub(super) fn identities(
    drafts: &[Draft<'_>],
    known: &Known<'_>,
    facts: &ClusterFacts,
) -> Vec<PlannedIdentity> {
    let mut all: BTreeMap<&str, PlannedIdentity> = BTreeMap::new();
    for draft in drafts {
        // Without a namespace there is no subject.
        let Some(account) = draft
            .account
            .as_ref()
            .filter(|_| !draft.workload.namespace.is_empty())
        else {
            continue;
        };
        let account = Account { namespace: draft.workload.namespace.clone(), name: account.name.clone() };
        for identity in &draft.identities {
            let id = identity.client_id.as_str();
            let planned = all.entry(id).or_insert_with(|| planned(id, known, facts));
            if planned.identity_binding {
                continue;
            }
            let subject = account.subject();
            if planned
                .credentials
                .iter()
                .any(|credential| credential.subject == subject)
            {
                continue;
            }
            planned.credentials.push(PlannedCredential {
                name: facts.issuer.as_ref().map(|issuer| {
                    let held =
                        held(planned, known).find(|held| held.issuer == *issuer && held.subject == subject);
                    // Azure takes no second one for an issuer and a subject, whatever its name.
                    held.map_or_else(|| credential_name(&account, issuer), |held| held.name.clone())
                }),
                issuer: facts.issuer.clone(),
                subject,
                audience: facts.audience,
            });
        }
    }
    all.into_values().collect()
}

/// An identity without credentials.
fn planned(client_id: &str, known: &Known<'_>, facts: &ClusterFacts) -> PlannedIdentity {
    let (principal, resource_id) = match known.principal(client_id) {
        Some(Principal::Managed(id)) => (Some("managed identity"), Some(id)),
        Some(Principal::Application) => (Some("app registration"), None),
        None => (None, None),
    };
    let objects: &[&Identity] = known.identities.get(client_id).map_or(&[], Vec::as_slice);
    let name = |identity: &&Identity| {
        ObjectName { namespace: identity.namespace.clone(), name: identity.name.clone() }.to_string()
    };
    let own_tenant = objects
        .iter()
        .find_map(|identity| identity.tenant_id.clone());
    let existing = resource_id
        .as_ref()
        .and_then(|id| known.credentials.get(&id.to_ascii_lowercase()));
    PlannedIdentity {
        existing_credentials: existing.map(Vec::len),
        identity_binding: known.bound.contains(client_id),
        client_id: client_id.to_owned(),
        principal,
        resource_id,
        tenant_id: own_tenant.or_else(|| facts.tenant_id.clone()),
        azure_identities: objects.iter().map(name).collect(),
        credentials: Vec::new(),
    }
}

/// The credentials that `identity` holds already.
fn held<'a>(
    identity: &PlannedIdentity,
    known: &'a Known<'_>,
) -> impl Iterator<Item = &'a FederatedCredential> {
    let id = identity
        .resource_id
        .as_ref()
        .map(|id| id.to_ascii_lowercase());
    id.and_then(|id| known.credentials.get(&id))
        .into_iter()
        .flatten()
        .copied()
}

/// How many credentials `identity` holds in the end.
pub(super) fn held_in_the_end(identity: &PlannedIdentity, inventory: &Inventory) -> usize {
    let id = identity
        .resource_id
        .as_ref()
        .map(|id| id.to_ascii_lowercase());
    let held: Vec<_> = inventory
        .federated_credentials
        .iter()
        .filter(|held| held.identity.as_ref().map(|of| of.to_ascii_lowercase()) == id && id.is_some())
        .collect();
    let new = identity.credentials.iter().filter(|credential| {
        !held.iter().any(|held| {
            Some(&held.issuer) == credential.issuer.as_ref() && held.subject == credential.subject
        })
    });
    held.len() + new.count()
}
