//! The service accounts that workloads have afterwards, a file for each namespace.

use std::collections::BTreeMap;

use super::{File, Unwritten, moved::Moved};
use crate::operator::{
    identity::{
        Account,
        model::{AnnotatedAccount, IdentityPlan},
        write::manifests,
    },
    migrate::plan::Road,
};

/// The annotations of an account, by its name in its namespace.
pub(super) type Accounts = BTreeMap<(String, String), AnnotatedAccount>;

/// The service accounts of `moved`. On the road `adopt` they stay as they are.
pub(super) fn accounts(moved: &[Moved<'_>], plans: &[IdentityPlan]) -> Accounts {
    let mut accounts = Accounts::new();
    for one in moved.iter().filter(|one| one.road != Road::Adopt) {
        let (namespace, name) = (one.planned.namespace.clone(), one.account.name.clone());
        let Some(plan) = plans.iter().find(|plan| {
            let client_id = plan.client_id.as_ref().map(crate::names::ClientId::as_str);
            client_id == one.planned.client_id.as_deref()
        }) else {
            continue;
        };
        accounts
            .entry((namespace.clone(), name.clone()))
            .or_insert_with(|| AnnotatedAccount {
                account: Account { namespace, name },
                principal: plan.principal.clone(),
                client_id: plan.client_id.clone(),
                tenant: plan.tenant.clone(),
                owner: None,
            });
    }
    accounts
}

/// Their files.
pub(super) fn files(accounts: &Accounts, unwritten: &mut Vec<Unwritten>) -> Vec<File> {
    let mut by_namespace: BTreeMap<&str, Vec<AnnotatedAccount>> = BTreeMap::new();
    for ((namespace, _), account) in accounts {
        by_namespace
            .entry(namespace)
            .or_default()
            .push(account.clone());
    }
    let mut files = Vec::new();
    for (namespace, accounts) in by_namespace {
        match manifests(&accounts) {
            Ok(text) => files.push(File::new(format!("prepared/{namespace}/service-accounts.yaml"), text)),
            Err(reasons) => unwritten.extend(reasons.into_iter().map(|reason| Unwritten {
                about: format!("service accounts of namespace {namespace}"),
                reason,
            })),
        }
    }
    files
}

/// The annotations that name an identity to who reads a service account.
pub(super) fn annotations(account: &AnnotatedAccount) -> serde_json::Value {
    let client_id = account
        .client_id
        .as_ref()
        .map(crate::names::ClientId::as_str);
    serde_json::json!({"annotations": {
        "azure.workload.identity/client-id": client_id,
        "azure.workload.identity/tenant-id": account.tenant.as_str(),
    }})
}
