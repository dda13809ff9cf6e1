//! The checklist of what is finished.

use std::collections::{BTreeMap, BTreeSet};

use crate::operator::{
    audit::{
        facts::account_of_pods,
        review::{
            case::{Case, Found},
            model::Answer,
        },
        table::Check,
    },
    identity::{model::Principal, roles::Role},
    migrate::tables::count,
};

pub(in crate::operator::audit::review) fn account_annotated(case: &Case<'_>) -> Found {
    let trusted: Vec<_> = case
        .inventory
        .identities
        .iter()
        .flat_map(|identity| &identity.accounts)
        .filter(|account| account.is_trusted)
        .collect();
    if trusted.is_empty() || trusted.iter().any(|account| account.is_there.is_none()) {
        return Found::unseen();
    }
    let wrong = trusted.iter().filter_map(|account| {
        let what = match (account.is_there, account.names_identity) {
            (Some(true), true) => return None,
            (Some(true), false) => "does not name the identity",
            _ => "is not there",
        };
        Some(format!("service account {}/{} {what}", account.namespace, account.name))
    });
    Found::unless(wrong, count(trusted.len(), "service account"))
}

pub(in crate::operator::audit::review) fn workload_uses_account(case: &Case<'_>) -> Found {
    if !case.has_workloads() {
        return Found::unseen();
    }
    let mut by_account: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pods in &case.facts.usage.pods {
        by_account
            .entry(account_of_pods(pods))
            .or_default()
            .push(pods);
    }
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (account, known) in &case.facts.accounts {
        if known.client_id.is_none() {
            continue;
        }
        seen += 1;
        let pods = by_account.get(account).map_or(&[][..], Vec::as_slice);
        if pods.is_empty() {
            wrong.push(format!("service account {account} has no workload"));
        }
        let silent = pods.iter().filter(|pods| !pods.asks);
        wrong.extend(silent.map(|pods| {
            format!("{} has service account {account}, and neither label nor wisp", pods.workload)
        }));
    }
    Found::unless(wrong, format!("{}, each with pods that ask", count(seen, "service account")))
}

pub(in crate::operator::audit::review) fn trust_matches(case: &Case<'_>) -> Found {
    let checks = [
        Check::IssuerSpelling,
        Check::AudienceWrong,
        Check::CredentialTwice,
        Check::CredentialMissing,
        Check::CredentialNotSeen,
        Check::SubjectMalformed,
    ];
    case.by_checks(&checks, count(case.facts.credentials.len(), "credential"))
}

pub(in crate::operator::audit::review) fn roles_as_claimed(case: &Case<'_>) -> Found {
    let facts = case.facts;
    if facts.roles.is_empty() || facts.identities.is_empty() || facts.evidence.claims.is_empty() {
        return Found::unseen();
    }
    let mut wrong = Vec::new();
    for identity in &facts.identities {
        let claims: Vec<_> = facts
            .evidence
            .claims
            .values()
            .filter(|claim| matches!(&claim.principal, Principal::Managed(of) if of.is(&identity.resource)))
            .collect();
        let name = &identity.resource.name;
        if claims.is_empty() {
            wrong.push(format!("identity {name}: no claim"));
            continue;
        }
        let claimed: BTreeSet<_> = claims
            .iter()
            .flat_map(|claim| &claim.roles)
            .map(|role| (role.role.to_string(), role.scope.to_ascii_lowercase()))
            .collect();
        let has: BTreeSet<_> = facts
            .roles
            .iter()
            .filter(|assignment| assignment.principal_id == identity.principal_id)
            .map(|assignment| (named(&assignment.role), assignment.scope.to_ascii_lowercase()))
            .collect();
        wrong.extend(
            has.difference(&claimed)
                .map(|(role, scope)| format!("identity {name}: `{role}` of {scope} is in no claim")),
        );
        wrong.extend(
            claimed.difference(&has).map(|(role, scope)| {
                format!("identity {name}: `{role}` of {scope} is claimed and not given")
            }),
        );
    }
    Found::unless(wrong, format!("{}, with roles as claimed", count(facts.identities.len(), "identity")))
}

/// A role by its name, where it has one.
fn named(role: &str) -> String {
    Role::parse(role).map_or_else(|_| role.to_owned(), |role| role.to_string())
}

pub(in crate::operator::audit::review) fn old_secrets_revoked(case: &Case<'_>) -> Found {
    let left = case.by_checks(&[Check::StaticSecret, Check::StaticKey], "");
    if left.answer == Answer::No {
        return left;
    }
    let applications = &case.facts.evidence.applications;
    let wrong: Vec<_> = applications
        .iter()
        .filter(|(_, credentials)| **credentials > 0)
        .map(|(app, credentials)| {
            format!("app registration {app} has {}", count(*credentials, "secret or certificate"))
        })
        .collect();
    if wrong.is_empty() && applications.is_empty() {
        return Found::unseen();
    }
    Found::unless(wrong, format!("{} without secrets", count(applications.len(), "app registration")))
}
