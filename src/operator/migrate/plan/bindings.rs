//! Identity bindings: the cluster is bound to an identity once, and says itself which service accounts may be it.

use std::collections::BTreeSet;

use super::{draft::Draft, model::PlannedIdentity};

/// Whether the cluster is bound to the identity of this client id.
pub(super) fn is_bound(client_id: &str, identities: &[PlannedIdentity]) -> bool {
    identities
        .iter()
        .any(|identity| identity.client_id == client_id && identity.identity_binding)
}

/// The steps of a workload for the identities in `bound`.
pub(super) fn of_workload(bound: &[&str], account: &str) -> Vec<String> {
    if bound.is_empty() {
        return Vec::new();
    }
    vec![
        format!(
            "allow service account {account} the verb `use-managed-identity` on {} of `cid.wi.aks.azure.com`, by ClusterRole",
            bound.join(", ")
        ),
        "give its pods the label `azure.workload.identity/use: \"true\"` and the annotation `azure.workload.identity/use-identity-binding: \
         \"true\"`"
            .to_owned(),
    ]
}

/// The bindings that the workloads in `own` are the first to need.
pub(super) fn of_stage(
    own: &[&Draft<'_>],
    identities: &[PlannedIdentity],
    made: &mut BTreeSet<String>,
) -> Vec<String> {
    let used: BTreeSet<_> = own
        .iter()
        .flat_map(|draft| &draft.identities)
        .map(|identity| identity.client_id.as_str())
        .collect();
    identities
        .iter()
        .filter(|identity| identity.identity_binding && used.contains(identity.client_id.as_str()))
        .filter(|identity| made.insert(identity.client_id.clone()))
        .map(|identity| {
            let id = identity
                .resource_id
                .as_deref()
                .unwrap_or(&identity.client_id);
            format!("bind the cluster to identity {id}: `az aks identity-binding create`; no credential of your own is needed")
        })
        .collect()
}
