//! Admission policies of wisp, and what binds them.

use serde_json::Value;

use crate::{
    doctor::{Diagnosis, Finding, table::cluster::POLICY_BINDING},
    operator::{
        cluster::Kind,
        doctor::{
            facts::Facts,
            kinds::{MUTATING, MUTATING_BINDINGS, VALIDATING, VALIDATING_BINDINGS},
            tree::{names, quoted, text},
        },
    },
};

/// What all of wisp's policies and bindings speak of.
const SIGN: &str = "wisp/";

/// Policies with what binds them.
const PAIRS: [(Kind, Kind); 2] = [(MUTATING, MUTATING_BINDINGS), (VALIDATING, VALIDATING_BINDINGS)];

/// Whether a policy or a binding is one of wisp's.
pub(super) fn is_wisps(object: &Value) -> bool {
    let spec = object.get("spec").map(Value::to_string).unwrap_or_default();
    spec.contains(SIGN)
}

/// Looks at all that is there.
pub(super) fn look(facts: &Facts) -> Option<Finding> {
    let (mut found, mut lonely) = (0, Vec::new());
    for (policies, bindings) in PAIRS {
        let bound: Vec<_> = facts.of(bindings, None).collect();
        for policy in facts.of(policies, None).filter(|policy| is_wisps(policy)) {
            found += 1;
            let name = text(policy, "/metadata/name");
            let is_bound = bound
                .iter()
                .any(|binding| text(binding, "/spec/policyName") == name);
            // A dump may have the policies alone.
            if !is_bound && facts.lacks(bindings, "").is_none() {
                lonely.push(format!("{} {} has no binding", policies.name, quoted(name)));
            } else if !is_bound && !facts.is_live {
                let how = format!("add `kubectl get {} -o json`", bindings.resource);
                return Some(
                    POLICY_BINDING.not_run(format!("no {} are in what was read", bindings.resource), how),
                );
            }
        }
        for binding in bound.into_iter().filter(|binding| is_wisps(binding)) {
            let name = text(binding, "/spec/policyName");
            let has_policy = facts
                .of(policies, None)
                .any(|policy| text(policy, "/metadata/name") == name);
            if !has_policy && facts.lacks(policies, "").is_none() {
                let binding = quoted(text(binding, "/metadata/name"));
                lonely.push(format!(
                    "{} {binding} names the policy {}, which is not there",
                    bindings.name,
                    quoted(name)
                ));
            }
        }
    }
    if !lonely.is_empty() {
        return Some(POLICY_BINDING.failed(Diagnosis::new(names(&lonely, 5))));
    }
    (found > 0).then(|| POLICY_BINDING.passed(""))
}
