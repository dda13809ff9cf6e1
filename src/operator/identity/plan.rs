//! Claims put together: one plan for each identity. What only shows when all of them are seen is checked here.

mod checks;
mod placed;

use checks::{clash, disagreements, mixed, once, strangers};
pub(crate) use placed::Placed;

use super::{
    credential_name::credential_name,
    model::{AnnotatedAccount, FederatedCredential, IdentityPlan, MAX_CREDENTIALS, RoleAssignment},
};

/// What all claims together ask for.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Plans {
    /// The identities in the order of their names, whatever the order of the claims was.
    pub identities: Vec<IdentityPlan>,
    /// The service accounts, likewise.
    pub accounts: Vec<AnnotatedAccount>,
    /// What is allowed and should be looked at, with its place.
    pub warnings: Vec<String>,
}

/// Puts `claims` together. The error is all that is wrong, each with its place.
pub(crate) fn plan(claims: &[Placed]) -> Result<Plans, Vec<String>> {
    let mut groups: Vec<Vec<&Placed>> = Vec::new();
    for placed in claims {
        let same = groups.iter_mut().find(|group| {
            let first = group.first();
            first.is_some_and(|first| first.claim.principal.is(&placed.claim.principal))
        });
        match same {
            Some(group) => group.push(placed),
            None => groups.push(vec![placed]),
        }
    }
    let mut plans = Plans::default();
    let mut wrong = strangers(claims);
    for group in &groups {
        wrong.extend(disagreements(group));
        let (identity, more) = identity(group);
        wrong.extend(more);
        plans.identities.extend(identity);
        plans.warnings.extend(mixed(group));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    for placed in claims {
        let warning = |(line, text): &(usize, String)| format!("{}:{line}: {text}", placed.file);
        plans
            .warnings
            .extend(placed.claim.warnings.iter().map(warning));
    }
    plans.accounts = accounts(&groups);
    plans
        .identities
        .sort_by(|a, b| a.principal.cmp(&b.principal));
    Ok(plans)
}

/// The plan of the identity of `group`, and what is wrong with its credentials.
fn identity(group: &[&Placed]) -> (Option<IdentityPlan>, Vec<String>) {
    let mut wrong = Vec::new();
    let mut credentials: Vec<(FederatedCredential, &Placed)> = Vec::new();
    let mut roles: Vec<RoleAssignment> = Vec::new();
    for placed in group {
        let claim = &placed.claim;
        for issuer in &claim.issuers {
            let name = claim.credential_name.clone();
            let credential = FederatedCredential {
                name: name.unwrap_or_else(|| credential_name(&claim.account, issuer)),
                issuer: issuer.clone(),
                account: claim.account.clone(),
                audience: claim.audience.clone(),
            };
            let clashes = credentials
                .iter()
                .filter_map(|(known, at)| clash(known, at, &credential, placed));
            wrong.extend(clashes.collect::<Vec<_>>());
            credentials.push((credential, placed));
        }
        let new: Vec<_> = claim
            .roles
            .iter()
            .filter(|role| !roles.contains(role))
            .cloned()
            .collect();
        roles.extend(new);
    }
    let Some((first, last)) = group.first().zip(group.last()) else { return (None, wrong) };
    if credentials.len() > MAX_CREDENTIALS {
        wrong.push(format!(
            "{}: {} would hold {} federated credentials, and Azure allows {MAX_CREDENTIALS}; let workloads share a service account, bind \
             the identity to its clusters (`az aks identity-binding create`, one for all accounts of a cluster), or claim a further \
             identity with the same roles",
            last.position(),
            last.claim.principal,
            credentials.len()
        ));
    }
    let mut credentials: Vec<_> = credentials
        .into_iter()
        .map(|(credential, _)| credential)
        .collect();
    credentials.sort();
    roles.sort();
    let plan = IdentityPlan {
        principal: first.claim.principal.clone(),
        client_id: group
            .iter()
            .find_map(|placed| placed.claim.client_id.clone()),
        tenant: first.claim.tenant.clone(),
        location: first.claim.location.clone(),
        tags: tags(group),
        credentials,
        roles,
    };
    (Some(plan), wrong)
}

/// What the claims agree on, for people who find the identity in Azure.
fn tags(group: &[&Placed]) -> Vec<(String, String)> {
    let environments = once(
        group
            .iter()
            .filter_map(|placed| placed.claim.environment.as_deref()),
    );
    let owners = once(
        group
            .iter()
            .filter_map(|placed| placed.claim.owner.as_deref()),
    );
    [("environment", environments), ("owner", owners)]
        .into_iter()
        .filter_map(|(key, values)| match values.as_slice() {
            [value] => Some((key.to_owned(), (*value).to_owned())),
            _ => None,
        })
        .collect()
}

/// Each service account once, with the client id that any claim of its identity knows.
fn accounts(groups: &[Vec<&Placed>]) -> Vec<AnnotatedAccount> {
    let mut accounts: Vec<AnnotatedAccount> = Vec::new();
    for group in groups {
        let client_id = group
            .iter()
            .find_map(|placed| placed.claim.client_id.clone());
        for placed in group {
            let claim = &placed.claim;
            if accounts
                .iter()
                .any(|known| known.account == claim.account && known.principal.is(&claim.principal))
            {
                continue;
            }
            accounts.push(AnnotatedAccount {
                account: claim.account.clone(),
                principal: claim.principal.clone(),
                client_id: client_id.clone(),
                tenant: claim.tenant.clone(),
                owner: claim.owner.clone(),
            });
        }
    }
    accounts.sort_by(|a, b| (&a.account, &a.principal).cmp(&(&b.account, &b.principal)));
    accounts
}

#[cfg(test)]
mod tests;
