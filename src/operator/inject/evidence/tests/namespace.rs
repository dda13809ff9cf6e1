use serde_json::{Value, json};

use super::case;

fn messages(labels: &Value, choices: &[(&'static str, &str)]) -> String {
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}});
    let case = case(&json!({})).beside(namespace);
    choices
        .iter()
        .fold(case, |case, (name, value)| case.choose(name, value))
        .messages()
}

#[test]
fn a_namespace_that_refuses_the_redirect_is_told() {
    insta::assert_snapshot!(messages(&json!({"pod-security.kubernetes.io/enforce": "restricted"}), &[]), @"spec: Namespace `shop` has label `pod-security.kubernetes.io/enforce: restricted`, and that level refuses NET_ADMIN, which the init container of mode `redirect` has, so no pod would start; choose mode `env` or `http-proxy`, which need no right");
    insta::assert_snapshot!(messages(&json!({"pod-security.kubernetes.io/enforce": "privileged", "pod-security.kubernetes.io/warn": "baseline"}), &[]), @"spec: Namespace `shop` has label `pod-security.kubernetes.io/warn: baseline`, and that level refuses NET_ADMIN, which the init container of mode `redirect` has, so whoever applies this is warned; mode `env` and `http-proxy` need no right");
    insta::assert_snapshot!(messages(&json!({"pod-security.kubernetes.io/audit": "restricted"}), &[]), @"spec: Namespace `shop` has label `pod-security.kubernetes.io/audit: restricted`, and that level refuses NET_ADMIN, which the init container of mode `redirect` has, so the cluster's audit log records it; mode `env` and `http-proxy` need no right");
    let enforced = json!({"pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted"});
    assert_eq!(messages(&enforced, &[]).lines().count(), 1, "the strictest says it all");
    assert_ne!(messages(&enforced, &[("redirect", "lo")]), "", "an address needs the right as well");
    for mode in ["env", "http-proxy", "manual"] {
        assert_eq!(messages(&enforced, &[("mode", mode)]), "", "{mode}");
    }
    assert_eq!(messages(&json!({"pod-security.kubernetes.io/enforce": "privileged"}), &[]), "");
    assert_eq!(messages(&json!({"pod-security.kubernetes.io/enforce-version": "v1.30"}), &[]), "");
}

#[test]
fn an_old_cluster_is_told_of() {
    let budget =
        json!({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "x"}});
    let old = || case(&json!({})).beside(budget.clone());
    insta::assert_snapshot!(old().messages(), @"policy/v1beta1 PodDisruptionBudget was served up to Kubernetes 1.24, and native sidecars need 1.29: on such a cluster pods would wait for ever; choose `--sidecar container` for it");
    let messages = old().choose("sidecar", "container").messages();
    assert!(!messages.contains("1.29"), "{messages}");
}
