//! Rights on service accounts, admission policies, and monitoring.

use serde_json::Value;

use super::Evidence;

/// What a policy that looks at client ids has in it.
const CLIENT_IDS: [&str; 2] = ["azure.workload.identity/client-id", "wisp/client-ids"];
/// Roles that Kubernetes has for whoever runs the cluster; their rights are meant.
const OF_THE_CLUSTER: &str = "system:";
/// Whoever is in this group may do everything by design.
const MASTERS: &str = "Group system:masters";

/// Takes in `object`. Whether it is of any of this.
pub(super) fn add(evidence: &mut Evidence, object: &Value) -> bool {
    let text = |at: &str| {
        object
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    let (group, _) = text("/apiVersion").split_once('/').unwrap_or_default();
    match (group, kind) {
        ("rbac.authorization.k8s.io", "ClusterRole") => {
            if list(object, "rules").any(grants) {
                evidence.rights.roles.insert(name.to_owned());
            }
        }
        ("rbac.authorization.k8s.io", "ClusterRoleBinding") => {
            if !name.starts_with(OF_THE_CLUSTER) {
                let subjects = list(object, "subjects")
                    .map(subject)
                    .filter(|subject| subject != MASTERS);
                let binding = (text("/roleRef/name").to_owned(), subjects.collect());
                evidence.rights.bindings.insert(name.to_owned(), binding);
            }
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => {
            evidence.policies += 1;
            if looks_at_client_ids(object) {
                evidence.guards.entry(name.to_owned()).or_default().is_there = true;
            }
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
            let actions = object
                .pointer("/spec/validationActions")
                .and_then(Value::as_array);
            let denies = actions.into_iter().flatten().any(|action| action == "Deny");
            let guard = evidence
                .guards
                .entry(text("/spec/policyName").to_owned())
                .or_default();
            guard.refuses |= denies;
        }
        ("kyverno.io" | "policies.kyverno.io", _) => {
            evidence.policies += 1;
            if looks_at_client_ids(object) {
                let refuses =
                    object.to_string().contains("\"Enforce\"") || object.to_string().contains("\"Deny\"");
                let guard = evidence.guards.entry(format!("{kind} {name}")).or_default();
                guard.is_there = true;
                guard.refuses |= refuses;
            }
        }
        ("monitoring.coreos.com", _) => {
            evidence.monitoring += 1;
            if object.to_string().contains("wisp") {
                evidence
                    .monitors
                    .insert(format!("{kind} {}/{name}", text("/metadata/namespace")));
            }
        }
        _ => return false,
    }
    true
}

fn list<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    object
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Whether a rule allows to write service accounts, or to be one.
fn grants(rule: &Value) -> bool {
    let has = |key: &str, words: &[&str]| {
        list(rule, key)
            .filter_map(Value::as_str)
            .any(|word| word == "*" || words.contains(&word))
    };
    let is_limited = list(rule, "resourceNames").next().is_some();
    let writes =
        has("resources", &["serviceaccounts"]) && has("verbs", &["create", "impersonate", "patch", "update"]);
    let gets_tokens = has("resources", &["serviceaccounts/token"]) && has("verbs", &["create"]);
    !is_limited && has("apiGroups", &[""]) && (writes || gets_tokens)
}

fn subject(subject: &Value) -> String {
    let text = |key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("namespace") {
        "" => format!("{} {}", text("kind"), text("name")),
        namespace => format!("{} {namespace}/{}", text("kind"), text("name")),
    }
}

fn looks_at_client_ids(policy: &Value) -> bool {
    let spec = policy.get("spec").map(Value::to_string).unwrap_or_default();
    CLIENT_IDS.iter().any(|key| spec.contains(key))
}
