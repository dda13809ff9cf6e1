//! The checklist of a security review.

use std::collections::{BTreeMap, BTreeSet};

use crate::operator::{
    audit::{
        facts::{Dumped, account_of_pods},
        review::case::{Case, Found},
        table::Check,
    },
    migrate::tables::count,
};

/// What only people see.
pub(in crate::operator::audit::review) fn by_hand(_: &Case<'_>) -> Found {
    Found::unseen()
}

pub(in crate::operator::audit::review) fn dedicated_account(case: &Case<'_>) -> Found {
    if !case.has_workloads() {
        return Found::unseen();
    }
    let mut workloads: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for pods in &case.facts.usage.pods {
        let account = account_of_pods(pods);
        let known = case.facts.accounts.get(&account);
        if known.is_some_and(|known| known.client_id.is_some()) {
            workloads.entry(account).or_default().insert(&pods.workload);
        }
    }
    let seen = format!("{}, each of one workload", count(workloads.len(), "service account"));
    let wrong = workloads
        .iter()
        .filter(|(account, users)| users.len() > 1 || account.name == "default")
        .map(|(account, users)| {
            let users: Vec<_> = users.iter().copied().collect();
            format!("service account {account}: {}", users.join(", "))
        });
    Found::unless(wrong, seen)
}

pub(in crate::operator::audit::review) fn label_where_needed(case: &Case<'_>) -> Found {
    if !case.has_workloads() {
        return Found::unseen();
    }
    let asking: Vec<_> = case
        .facts
        .usage
        .pods
        .iter()
        .filter(|pods| pods.asks)
        .collect();
    let (mut wrong, mut unseen) = (Vec::new(), Vec::new());
    for pods in &asking {
        let account = account_of_pods(pods);
        match case.facts.accounts.get(&account) {
            Some(known) if known.client_id.is_some() => {}
            Some(_) => wrong.push(format!("{}: service account {account} names no identity", pods.workload)),
            None if case.facts.dumped(&account.namespace) == Dumped::Nothing => {
                unseen.push(format!("{}: service account {account} was not read", pods.workload));
            }
            None => wrong.push(format!("{}: there is no service account {account}", pods.workload)),
        }
    }
    if wrong.is_empty() && !unseen.is_empty() {
        return Found { evidence: unseen, ..Found::unseen() };
    }
    Found::unless(
        wrong,
        format!("{} with label or wisp, each with an identity", count(asking.len(), "workload")),
    )
}

pub(in crate::operator::audit::review) fn client_id_right(case: &Case<'_>) -> Found {
    let named = case
        .facts
        .accounts
        .values()
        .filter(|known| known.client_id.is_some())
        .count();
    case.by_checks(
        &[Check::ClientIdIsPrincipalId, Check::ClientIdUnknown],
        format!("{}, each with a client id that is in the list", count(named, "service account")),
    )
}

pub(in crate::operator::audit::review) fn subject_exact(case: &Case<'_>) -> Found {
    let checks = [Check::SubjectUnknown, Check::SubjectMalformed, Check::IssuerSpelling];
    case.by_checks(&checks, count(case.facts.credentials.len(), "credential"))
}

pub(in crate::operator::audit::review) fn scope_minimal(case: &Case<'_>) -> Found {
    let checks = [Check::RoleGrants, Check::RoleBroad, Check::RoleWide];
    case.by_checks(&checks, count(case.facts.roles.len(), "role assignment"))
}

pub(in crate::operator::audit::review) fn no_static_secrets(case: &Case<'_>) -> Found {
    case.by_checks(
        &[Check::StaticSecret, Check::StaticKey],
        format!("{}, and the Secrets that they take in", count(case.facts.workloads(), "workload")),
    )
}

pub(in crate::operator::audit::review) fn platform_identities_unused(case: &Case<'_>) -> Found {
    let platform = &case.facts.evidence.platform;
    if platform.is_empty() || case.facts.accounts.is_empty() {
        return Found::unseen();
    }
    let wrong = case.facts.accounts.iter().filter_map(|(account, known)| {
        let name = platform.get(known.client_id.as_ref()?)?;
        Some(format!("service account {account}: the identity `{}` of the cluster", name.escape_debug()))
    });
    Found::unless(wrong, count(platform.len(), "identity of the cluster").replace("clusters", "cluster"))
}

pub(in crate::operator::audit::review) fn accounts_guarded(case: &Case<'_>) -> Found {
    let rights = &case.facts.evidence.rights;
    if rights.roles.is_empty() {
        return Found::unseen();
    }
    let wrong = rights
        .bindings
        .iter()
        .filter(|(_, (role, subjects))| rights.roles.contains(role) && !subjects.is_empty())
        .map(|(name, (role, subjects))| {
            let subjects: Vec<_> = subjects.iter().map(String::as_str).collect();
            format!("ClusterRoleBinding {name}: {role} for {}", subjects.join(", "))
        });
    Found::unless(
        wrong,
        format!(
            "{} with that right, bound in no ClusterRoleBinding",
            count(rights.roles.len(), "ClusterRole")
        ),
    )
}

pub(in crate::operator::audit::review) fn client_ids_guarded(case: &Case<'_>) -> Found {
    let evidence = &case.facts.evidence;
    let guards: Vec<_> = evidence
        .guards
        .iter()
        .filter(|(_, guard)| guard.is_there)
        .collect();
    if guards.iter().any(|(_, guard)| guard.refuses) {
        let names: Vec<_> = guards
            .iter()
            .filter(|(_, guard)| guard.refuses)
            .map(|(name, _)| name.as_str())
            .collect();
        return Found::yes(format!("{} looks at client ids and refuses", names.join(", ")));
    }
    if evidence.policies == 0 && !evidence.is_whole {
        return Found::unseen();
    }
    let loose: Vec<_> = guards
        .iter()
        .map(|(name, _)| format!("{name} looks at client ids, and nothing has it refuse"))
        .collect();
    let none =
        vec![format!("{}, none of which looks at client ids", count(evidence.policies, "admission policy"))];
    Found::unless(if loose.is_empty() { none } else { loose }, "")
}

pub(in crate::operator::audit::review) fn key_vault_model(case: &Case<'_>) -> Found {
    let vaults = &case.facts.evidence.vaults;
    let mut missing = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    for assignment in &case.facts.roles {
        let scope = assignment.scope.to_ascii_lowercase();
        let Some((_, rest)) = scope.split_once("/providers/microsoft.keyvault/vaults/") else { continue };
        let name = rest.split('/').next().unwrap_or_default();
        match vaults.values().find(|vault| is_below(&scope, &vault.id)) {
            Some(vault) if vault.uses_roles => seen += 1,
            Some(_) => {
                wrong.insert(format!(
                    "Key Vault {name} decides by access policies, so that roles for it do nothing"
                ));
            }
            None => {
                missing.insert(name.to_owned());
            }
        }
    }
    if !wrong.is_empty() {
        return Found::unless(wrong, "");
    }
    if !missing.is_empty() || case.facts.roles.is_empty() {
        return Found::unseen();
    }
    Found::yes(format!("{} for Key Vaults that decide by roles", count(seen, "role assignment")))
}

/// Whether `scope` is the resource `id`, or something in it.
fn is_below(scope: &str, id: &str) -> bool {
    scope
        .strip_prefix(id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(in crate::operator::audit::review) fn failures_observable(case: &Case<'_>) -> Found {
    let monitors = &case.facts.evidence.monitors;
    if monitors.is_empty() {
        // They may be watched in another way.
        return Found::unseen();
    }
    let names: Vec<_> = monitors.iter().map(String::as_str).collect();
    Found::yes(names.join(", "))
}

pub(in crate::operator::audit::review) fn role_changes_audited(case: &Case<'_>) -> Found {
    let settings = &case.facts.evidence.diagnostics;
    if settings.is_empty() {
        return Found::unseen();
    }
    let kept: Vec<_> = settings
        .iter()
        .filter(|(_, is_kept)| **is_kept)
        .map(|(name, _)| name.as_str())
        .collect();
    let none = kept.is_empty().then(|| {
        format!("{} without the category Administrative", count(settings.len(), "diagnostic setting"))
    });
    Found::unless(none, format!("diagnostic setting {}", kept.join(", ")))
}
