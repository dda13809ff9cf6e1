//! What of an inventory, and of the user's decisions about identities, decides about workloads.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    decisions::{Matched, Principal},
    version,
};
use crate::operator::{
    identity::model::ManagedIdentity,
    migrate::inventory::{
        Inventory,
        model::{FederatedCredential, Identity},
    },
};

/// What of an inventory decides about workloads, by what it is looked for.
pub(super) struct Known<'a> {
    /// AzureIdentities by client id.
    pub identities: BTreeMap<&'a str, Vec<&'a Identity>>,
    /// What the user says of identities.
    pub decided: &'a BTreeMap<&'a str, &'a Principal>,
    /// Identities that the cluster is bound to.
    pub bound: &'a BTreeSet<&'a str>,
    /// Federated credentials that identities hold already, by resource id in lower case.
    pub credentials: BTreeMap<String, Vec<&'a FederatedCredential>>,
    /// The places of static secrets by the object that has them.
    pub secrets: BTreeMap<&'a str, Vec<String>>,
    /// Workloads whose program has workload identity of its own, with the reason.
    pub native: BTreeMap<&'a str, String>,
    /// Workloads with a Key Vault FlexVolume.
    pub flex: BTreeSet<&'a str>,
    /// Values of the label in charts' values and in patches, with where.
    pub labels: BTreeMap<&'a str, String>,
}

impl<'a> Known<'a> {
    /// What `inventory` says, and what is `decided` of identities.
    pub(super) fn new(inventory: &'a Inventory, decided: &'a Matched<'a>) -> Self {
        let mut known = Self {
            identities: BTreeMap::new(),
            decided: &decided.identities,
            bound: &decided.bound,
            credentials: BTreeMap::new(),
            secrets: BTreeMap::new(),
            native: BTreeMap::new(),
            flex: BTreeSet::new(),
            labels: BTreeMap::new(),
        };
        for identity in &inventory.identities {
            if let Some(id) = &identity.client_id {
                known.identities.entry(id).or_default().push(identity);
            }
        }
        for credential in &inventory.federated_credentials {
            if let Some(identity) = &credential.identity {
                let id = identity.to_ascii_lowercase();
                known.credentials.entry(id).or_default().push(credential);
            }
        }
        for secret in &inventory.static_secrets {
            let from = secret.from.as_ref().map(|from| format!(", from {from}"));
            known
                .secrets
                .entry(&secret.object)
                .or_default()
                .push(format!("{}: {}{}", secret.credential, secret.location, from.unwrap_or_default()));
        }
        for dependent in &inventory.dependents {
            if dependent.native_since == "never" {
                known.flex.insert(&dependent.object);
            }
            if let Some(version) = &dependent.version
                && version::is_at_least(version, dependent.native_since)
            {
                let text = format!(
                    "{} {version} has workload identity of its own, since {}",
                    dependent.component, dependent.native_since
                );
                known.native.insert(&dependent.object, text);
            }
            if let Some((_, value)) = dependent.what.split_once("aadpodidbinding: ") {
                let value = value.strip_suffix(" in a patch").unwrap_or(value);
                known.labels.insert(value, dependent.object.clone());
            }
        }
        known
    }

    /// What `client_id` is, if that is known.
    pub(super) fn principal(&self, client_id: &str) -> Option<Principal> {
        if let Some(decided) = self.decided.get(client_id) {
            return Some((*decided).clone());
        }
        self.identities
            .get(client_id)
            .into_iter()
            .flatten()
            .find_map(|identity| match (identity.credential, &identity.resource_id) {
                (Some("managed"), Some(id)) => {
                    ManagedIdentity::parse(id).map(|identity| Principal::Managed(identity.id()))
                }
                (Some("secret" | "certificate"), _) => Some(Principal::Application),
                _ => None,
            })
    }
}
