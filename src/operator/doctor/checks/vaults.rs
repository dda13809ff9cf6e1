//! Key Vaults that the user names, by what Azure says of them: its two models of rights, and its firewall.

use super::{Look, azure::identity};
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{VAULT_MODEL, VAULT_NETWORK},
    },
    operator::doctor::{case::Case, tree::quoted, vault::Vault},
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[model, network];

/// The vault that a role is expected at, or all that were read.
fn vaults<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Vault> {
    let expected = case
        .resource
        .map(|resource| resource.trim_end_matches('/').to_ascii_lowercase());
    case.facts
        .vaults
        .iter()
        .filter(move |vault| expected.as_ref().is_none_or(|id| *id == vault.id))
}

fn model(case: &Case<'_>) -> Option<Finding> {
    vaults(case).next()?;
    let Some(identity) = identity(case) else {
        let how = "add the output of `az identity list -o json`";
        return Some(VAULT_MODEL.not_run("the object id of the identity is not known", how));
    };
    let id = &identity.principal_id;
    let Some(vault) = vaults(case).find(|vault| !vault.takes_roles && !vault.policies.contains(id)) else {
        return Some(VAULT_MODEL.passed(""));
    };
    let name = quoted(&vault.name);
    let found = format!(
        "vault {name} takes access policies and no roles, and has none for identity {}",
        identity.resource.name
    );
    let fix = format!(
        "have it take roles (`az keyvault update --name {name} --enable-rbac-authorization true`), or give the identity a policy \
         (`az keyvault set-policy --name {name} --object-id {id}`)."
    );
    Some(VAULT_MODEL.failed(Diagnosis::new(found).fix(fix)))
}

fn network(case: &Case<'_>) -> Option<Finding> {
    vaults(case).next()?;
    let Some(vault) = vaults(case).find(|vault| vault.is_closed) else {
        return Some(VAULT_NETWORK.passed(""));
    };
    let found = format!(
        "vault {} is closed to public networks: it is reached by a private endpoint, or from networks that it allows",
        quoted(&vault.name)
    );
    Some(VAULT_NETWORK.warned(Diagnosis::new(found)))
}
