//! Identities that several environments have.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::operator::audit::{
    facts::{Facts, account_of},
    table::Check,
};

/// Looks at the environments of the service accounts that are an identity, by credential or by annotation.
pub(super) fn check(facts: &Facts, issuer: Option<&str>) -> Vec<Finding> {
    // The namespaces of each identity, by what it is called.
    let mut namespaces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for credential in &facts.credentials {
        // Namespaces of other clusters only look like those of this one.
        let is_here = issuer.is_some_and(|issuer| issuer == credential.issuer);
        if let (true, Some(identity), Some(account)) =
            (is_here, &credential.identity, account_of(&credential.subject))
        {
            namespaces
                .entry(format!("identity {}", identity.name))
                .or_default()
                .insert(account.namespace);
        }
    }
    for (account, known) in &facts.accounts {
        let Some(client_id) = &known.client_id else { continue };
        let named = facts
            .identities
            .iter()
            .find(|identity| identity.client_id == *client_id)
            .map_or_else(
                || format!("client id {}", client_id.escape_debug()),
                |identity| format!("identity {}", identity.resource.name),
            );
        namespaces
            .entry(named)
            .or_default()
            .insert(account.namespace.clone());
    }
    namespaces
        .into_iter()
        .filter_map(|(about, namespaces)| one(facts, about, &namespaces))
        .collect()
}

fn one(facts: &Facts, about: String, namespaces: &BTreeSet<String>) -> Option<Finding> {
    let mut by_environment: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for namespace in namespaces {
        if let Some(environment) = facts.environment(namespace) {
            by_environment
                .entry(environment)
                .or_default()
                .push(namespace);
        }
    }
    if by_environment.len() < 2 {
        return None;
    }
    let environments: Vec<_> = by_environment
        .iter()
        .map(|(environment, namespaces)| {
            format!("{} (namespace {})", environment.escape_debug(), namespaces.join(", "))
        })
        .collect();
    let text = format!(
        "service accounts of the environments {} are it; give each environment an identity of its own",
        environments.join(" and ")
    );
    Some(Finding { check: Check::EnvironmentShared, about, text })
}
