//! What is known of the cluster, and the risks that are about more than one workload.

use super::{
    draft::short,
    full_name,
    identities::held_in_the_end,
    model::{ClusterFacts, PlannedIdentity, Risk},
    request::Request,
    risks::RiskId,
};
use crate::operator::{identity::model::MAX_CREDENTIALS, migrate::inventory::Inventory};

/// What `request` says of the cluster, or Azure, where it says one thing.
pub(super) fn facts(inventory: &Inventory, request: &Request) -> ClusterFacts {
    let issuers = inventory
        .clusters
        .iter()
        .filter_map(|cluster| cluster.issuer.as_ref());
    let tenants = inventory
        .clusters
        .iter()
        .filter_map(|cluster| cluster.tenant_id.as_ref());
    let tenant = request
        .tenant
        .as_ref()
        .map(|tenant| tenant.as_str().to_owned());
    ClusterFacts {
        issuer: request.issuer.clone().or_else(|| only(issuers)),
        tenant_id: tenant.or_else(|| only(tenants)),
        audience: request.cloud.audience,
        authority: request.cloud.authority,
    }
}

/// The one text of `texts`, if all are the same.
fn only<'a>(mut texts: impl Iterator<Item = &'a String>) -> Option<String> {
    let first = texts.next()?;
    texts.all(|text| text == first).then(|| first.clone())
}

/// Risks that are about objects, identities or all of the cluster.
pub(super) fn risks(inventory: &Inventory, identities: &[PlannedIdentity]) -> Vec<Risk> {
    let mut risks = of_objects(inventory);
    for identity in identities {
        let count = identity.credentials.len();
        let in_the_end = held_in_the_end(identity, inventory);
        if in_the_end > MAX_CREDENTIALS {
            let found = match identity.existing_credentials {
                Some(held) => format!(
                    "{in_the_end} credentials, {held} of which it holds already, and Azure allows {MAX_CREDENTIALS}"
                ),
                None => {
                    format!("{count} credentials for this cluster alone, and Azure allows {MAX_CREDENTIALS}")
                }
            };
            risks.push(Risk::new(RiskId::CredentialLimit, name(identity), found));
        }
        if identity.principal == Some("app registration") {
            let found = format!("{} for it", super::render::credentials(count));
            risks.push(Risk::new(RiskId::AppRegistration, name(identity), found));
        }
    }
    if identities
        .iter()
        .any(|identity| !identity.credentials.is_empty())
    {
        let count: usize = identities
            .iter()
            .map(|identity| identity.credentials.len())
            .sum();
        let found = format!("{} to be written", super::render::credentials(count));
        risks.push(Risk::new(RiskId::AzurePolicy, "all federated credentials", found));
        risks.push(Risk::new(RiskId::NewIssuer, "the cluster", "the first credential for its issuer"));
    }
    risks
}

fn of_objects(inventory: &Inventory) -> Vec<Risk> {
    let mut risks = Vec::new();
    if inventory.installation.is_add_on {
        let evidence = inventory.installation.matching_evidence.clone();
        risks.push(Risk::new(RiskId::AddOnOwnsObjects, "the cluster", evidence));
    }
    for identity in &inventory.identities {
        let about = format!("AzureIdentity {}", full_name(&identity.namespace, &identity.name));
        if let Some(error) = &identity.error {
            risks.push(Risk::new(RiskId::IdentityMalformed, about.clone(), error.clone()));
        }
        if !identity.auxiliary_tenant_ids.is_empty() {
            let tenants = identity.auxiliary_tenant_ids.join(", ");
            risks.push(Risk::new(RiskId::AuxiliaryTenants, about, tenants));
        }
    }
    for binding in &inventory.bindings {
        let about = format!("AzureIdentityBinding {}", full_name(&binding.namespace, &binding.name));
        let error = binding.error.iter();
        risks.extend(error.map(|error| Risk::new(RiskId::DanglingBinding, about.clone(), error.clone())));
    }
    for exception in &inventory.exceptions {
        let about = format!("AzurePodIdentityException {}", full_name(&exception.namespace, &exception.name));
        let labels = exception.pod_labels.join(", ");
        risks.push(Risk::new(RiskId::Exception, about, format!("pods with any of {labels}")));
    }
    for dependent in &inventory.dependents {
        if dependent.what.contains("aadpodidbinding: ") {
            let about = dependent.object.clone();
            risks.push(Risk::new(RiskId::LabelInValues, about, dependent.what.clone()));
        }
    }
    let workloads: std::collections::BTreeSet<_> = inventory.workloads.iter().map(short).collect();
    for secret in &inventory.static_secrets {
        let is_reported = workloads.contains(&secret.object) || secret.object.starts_with("AzureIdentity ");
        if !is_reported {
            let found = format!("{}: {}", secret.credential, secret.location);
            risks.push(Risk::new(RiskId::StaticSecret, secret.object.clone(), found));
        }
    }
    for unread in &inventory.unread {
        risks.push(Risk::new(RiskId::Unread, unread.origin.to_string(), unread.reason.clone()));
    }
    risks
}

/// An identity as people name it.
pub(super) fn name(identity: &PlannedIdentity) -> String {
    match identity.azure_identities.as_slice() {
        [] => format!("identity {}", identity.client_id),
        names => format!("identity {} ({})", identity.client_id, names.join(", ")),
    }
}
