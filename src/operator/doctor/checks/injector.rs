//! What puts wisp into pods: our webhook, or an admission policy.

use serde_json::Value;

use super::{arguments::secret, bound::is_wisps, not_read, rights, selectors, webhook};
use crate::{
    doctor::{
        Diagnosis, Finding,
        table::cluster::{
            INJECTOR, INJECTOR_BUNDLE, INJECTOR_FAILURE_POLICY, INJECTOR_RIGHTS, INJECTOR_SELECTORS,
            INJECTOR_SERVICE,
        },
    },
    operator::{
        doctor::{
            case::Case,
            facts::{Facts, Known},
            kinds::{DEPLOYMENTS, MUTATING, WEBHOOKS},
            tree::{list, names, quoted, text},
        },
        webhook::{host_names, trusts_chain},
    },
};

/// How the names of the entries of our configurations end.
const ENTRY: &str = ".wisp";

/// Whether a configuration is one of ours.
pub(in crate::operator::doctor) fn is_ours(configuration: &Value) -> bool {
    list(configuration, "/webhooks")
        .iter()
        .any(|entry| text(entry, "/name").ends_with(ENTRY))
}

/// Looks at what is there, and whether anything is where a workload waits for it.
pub(super) fn look(facts: &Facts, cases: &[Case<'_>]) -> Vec<Finding> {
    let needing: Vec<_> = cases
        .iter()
        .filter(|case| case.wants_wisp() && !case.has_wisp())
        .map(|case| case.workload.display())
        .collect();
    let waits = cases.iter().any(Case::wants_wisp);
    let configurations = facts.whole(WEBHOOKS, None);
    let ours: Vec<_> = configurations
        .iter()
        .flatten()
        .copied()
        .filter(|one| is_ours(one))
        .collect();
    let policies: Vec<_> = facts
        .of(MUTATING, None)
        .filter(|policy| is_wisps(policy))
        .collect();
    let mut findings = Vec::new();
    let by: Vec<_> = ours
        .iter()
        .map(|one| format!("webhook {}", webhook::name(one)))
        .chain(
            policies
                .iter()
                .map(|policy| format!("policy {}", webhook::name(policy))),
        )
        .collect();
    match (by.is_empty(), configurations) {
        (false, _) if waits => findings.push(INJECTOR.passed(names(&by, 5))),
        (true, Err(lack)) if waits => findings.push(not_read(&INJECTOR, lack)),
        (true, Ok(_)) if waits && !needing.is_empty() => {
            let found = "neither a webhook nor a policy puts wisp into pods that ask for it";
            let line = format!("asking: {}", names(&needing, 5));
            findings.push(INJECTOR.failed(Diagnosis::new(found).evidence(line)));
        }
        _ => {}
    }
    for configuration in &ours {
        findings.extend(webhook_of(facts, cases, configuration, &ours));
    }
    findings
}

fn webhook_of(facts: &Facts, cases: &[Case<'_>], configuration: &Value, ours: &[&Value]) -> Vec<Finding> {
    let (namespace, service) = webhook::service(configuration).unwrap_or_default();
    let deployment = facts.get(DEPLOYMENTS, namespace, service);
    vec![
        bundle(facts, configuration, &deployment),
        webhook::ready(&INJECTOR_SERVICE, facts, configuration),
        rights::look(&INJECTOR_RIGHTS, facts, (configuration, service), deployment),
        selectors::look(&INJECTOR_SELECTORS, facts, (configuration, ours), cases),
        webhook::failure_policy(&INJECTOR_FAILURE_POLICY, configuration),
    ]
}

/// Whether what is served is trusted, where the Secret may be read.
fn bundle(facts: &Facts, configuration: &Value, deployment: &Known<&Value>) -> Finding {
    let has = webhook::bundle(&INJECTOR_BUNDLE, configuration);
    let Some((namespace, service)) = webhook::service(configuration).filter(|_| !has.is_failure()) else {
        return has;
    };
    let deployment = match deployment {
        Known::There(deployment) => Some(*deployment),
        _ => None,
    };
    let name = secret(deployment, service);
    let how =
        format!("give the right to `get` Secret {namespace}/{name}; of it, the certificate alone is read");
    let key = (namespace.to_owned(), name);
    let (chain, now) = match (facts.served.get(&key), facts.now) {
        (Some(Ok(chain)), Some(now)) => (chain, now),
        (Some(Err(why)), _) => return INJECTOR_BUNDLE.not_run(why.clone(), how),
        _ => {
            let how = "ask the cluster itself, with `--kubeconfig`";
            return INJECTOR_BUNDLE.not_run("what the webhook serves is not in dumps", how);
        }
    };
    let host = host_names(namespace, service)
        .into_iter()
        .next()
        .unwrap_or_default();
    match trusts_chain(configuration, chain, &host, now) {
        Ok(()) => INJECTOR_BUNDLE.passed(""),
        Err(error) => {
            let found = format!("caBundle of {} does not trust what is served", webhook::name(configuration));
            INJECTOR_BUNDLE.failed(Diagnosis::new(found).evidence(quoted(&error)))
        }
    }
}
