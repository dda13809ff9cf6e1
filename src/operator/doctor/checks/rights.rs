//! Whether the service account of our webhook has the rights that it needs, by the roles that are bound to it.

use serde_json::Value;

use super::{
    arguments::{argument, arguments, secret},
    not_read,
};
use crate::{
    doctor::{Check, Diagnosis, Finding},
    operator::doctor::{
        facts::{Facts, Known},
        kinds::{CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES},
        tree::{list, quoted, text},
    },
};

/// A right: verb, API group, resource, and the one object that it is for.
struct Right<'a> {
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    name: Option<&'a str>,
}

/// Looks at the webhook of a configuration and of the Service that it names, which `deployment` runs.
pub(super) fn look(
    check: &'static Check,
    facts: &Facts,
    (configuration, service): (&Value, &str),
    deployment: Known<&Value>,
) -> Finding {
    let deployment = match deployment {
        Known::There(deployment) => deployment,
        Known::Missing => {
            let how = "name the Deployment as its Service is named, or look at its rights by hand";
            return check.not_run("no Deployment is called as the Service of the webhook", how);
        }
        Known::NotRead(lack) => return not_read(check, lack),
    };
    let namespace = text(deployment, "/metadata/namespace");
    let account = match text(deployment, "/spec/template/spec/serviceAccountName") {
        "" => "default",
        account => account,
    };
    let rules = match rules(facts, namespace, account) {
        Ok(rules) => rules,
        Err(finding) => return not_read(check, finding),
    };
    let lease = argument(deployment, "--lease=").unwrap_or(service);
    let secret = secret(Some(deployment), service);
    let missing: Vec<_> = needed(configuration, deployment, &secret, lease)
        .iter()
        .filter(|right| !rules.iter().any(|rule| allows(rule, right)))
        .map(display)
        .collect();
    if missing.is_empty() {
        return check.passed(format!("service account {namespace}/{account}"));
    }
    let mut diagnosis =
        Diagnosis::new(format!("service account {}/{} lacks rights", quoted(namespace), quoted(account)));
    diagnosis.evidence = missing
        .into_iter()
        .map(|right| format!("missing: {right}"))
        .collect();
    check.failed(diagnosis)
}

/// What the webhook needs, by its arguments.
fn needed<'a>(
    configuration: &'a Value,
    deployment: &Value,
    secret: &'a str,
    lease: &'a str,
) -> Vec<Right<'a>> {
    const ADMISSION: &str = "admissionregistration.k8s.io";
    const CONFIGURATIONS: &str = "mutatingwebhookconfigurations";
    let right = |verb, group, resource, name| Right { verb, group, resource, name };
    let has = |flag: &str| arguments(deployment).any(|argument| argument.starts_with(flag));
    let configuration = Some(text(configuration, "/metadata/name"));
    let mut all =
        vec![right("get", ADMISSION, CONFIGURATIONS, configuration), right("get", "", "namespaces", None)];
    if !has("--ignore-service-accounts") {
        all.push(right("get", "", "serviceaccounts", None));
    }
    if !has("--certificate=files") {
        all.push(right("update", ADMISSION, CONFIGURATIONS, configuration));
        for verb in ["get", "update"] {
            all.push(right(verb, "", "secrets", Some(secret)));
            all.push(right(verb, "coordination.k8s.io", "leases", Some(lease)));
        }
    }
    if has("--adopt-pod-identity") {
        for resource in ["azureidentities", "azureidentitybindings", "azurepodidentityexceptions"] {
            all.push(right("list", "aadpodidentity.k8s.io", resource, None));
        }
    }
    all
}

fn display(right: &Right<'_>) -> String {
    match right.name {
        Some(name) => format!("{} {} {}", right.verb, right.resource, quoted(name)),
        None => format!("{} {}", right.verb, right.resource),
    }
}

/// The rules that are bound to a service account.
fn rules<'a>(
    facts: &'a Facts,
    namespace: &str,
    account: &str,
) -> Result<Vec<&'a Value>, crate::operator::doctor::facts::NotRead> {
    let is_bound = |binding: &&&Value| {
        list(binding, "/subjects").iter().any(|subject| {
            let (kind, name) = (text(subject, "/kind"), text(subject, "/name"));
            let is_account =
                kind == "ServiceAccount" && name == account && text(subject, "/namespace") == namespace;
            let groups = ["system:serviceaccounts", "system:authenticated"];
            let is_group = kind == "Group"
                && (groups.contains(&name) || name == format!("system:serviceaccounts:{namespace}"));
            is_account || is_group
        })
    };
    let of_cluster = facts.whole(CLUSTER_ROLE_BINDINGS, None)?;
    let of_namespace = facts.whole(ROLE_BINDINGS, Some(namespace))?;
    facts.whole(CLUSTER_ROLES, None)?;
    let bindings = of_cluster.iter().chain(&of_namespace).filter(is_bound);
    let roles = bindings.filter_map(|binding| {
        let name = text(binding, "/roleRef/name");
        let role = match text(binding, "/roleRef/kind") {
            "ClusterRole" => facts.get(CLUSTER_ROLES, "", name),
            _ => facts.get(ROLES, namespace, name),
        };
        match role {
            Known::There(role) => Some(role),
            _ => None,
        }
    });
    Ok(roles.flat_map(|role| list(role, "/rules")).collect())
}

/// Whether a rule gives a right.
fn allows(rule: &Value, right: &Right<'_>) -> bool {
    let has = |at: &str, expected: &str| {
        list(rule, at)
            .iter()
            .filter_map(Value::as_str)
            .any(|one| one == expected || one == "*")
    };
    let names = list(rule, "/resourceNames");
    let is_named = names.is_empty()
        || right
            .name
            .is_some_and(|name| names.iter().any(|one| one.as_str() == Some(name)));
    has("/verbs", right.verb)
        && has("/apiGroups", right.group)
        && has("/resources", right.resource)
        && is_named
}
