//! What was read and what was not, and what follows from it.

use serde_json::json;

use super::{ISSUER, ONE, account, credential, identity, list, pod, report};
use crate::operator::{audit::Reading, migrate::inventory::Progress};

#[test]
fn what_cannot_be_read_is_named() {
    let discovery = |issuer: &str| json!({"issuer": issuer, "jwks_uri": "https://x.example/k"});
    let dumps = [
        list(&[
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {}}),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}}),
        ]),
        json!([{"id": "/x", "clientId": "a", "principalId": "b"}, {"principalId": "a", "scope": "/"}, {"name": "x"}]),
        discovery(ISSUER),
        discovery("https://two.example/"),
        json!([]),
        list(&[json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}})]),
    ];
    insta::assert_snapshot!(report(None, &dumps), @"
    unread: 0.json:1: a service account without a name
    unread: 0.json:1: Pod without a name
    unread: 1.json:1: an identity whose `id` is none of a user-assigned identity
    unread: 1.json:1: a role assignment without a role
    unread: 1.json:1: this is no object of Kubernetes, and none of `az identity list`, `az identity federated-credential list`, `az role assignment list` or a discovery document
    unread: 3.json:1: the issuer is https://two.example/, and https://one.example/ is known already; audit one cluster at a time
    not checked: subject-unknown, credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown, account-unused, default-account: no service account was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: static-secret, static-key, account-unused: no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: subject-unknown, subject-malformed, issuer-spelling, audience-wrong, credential-twice, credential-missing, credential-not-seen, credentials-full, identity-shared: no federated credential was read (`az identity federated-credential list -o json`, for each identity)
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 0, warnings 0; accounts 0, workloads 0, identities 0, credentials 0, roles 0; issuer https://one.example/
    ");
    let mut reading = Reading::new(None, None, Progress::silent());
    reading.file("cut.json", &br#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}, {"#[..]);
    let facts = reading.finish();
    insta::assert_snapshot!(facts.unread.join("\n"), @"cut.json:1: the file ends in the middle of an object: it was cut off; dump it again");
    assert_eq!(facts.accounts.len(), 1);
}

#[test]
fn several_issuers_leave_the_clusters_open() {
    let credentials = json!([
        credential("orders", "one", ISSUER, "system:serviceaccount:shop:gone"),
        credential("orders", "two", "https://two.example/", "system:serviceaccount:shop:gone"),
    ]);
    insta::assert_snapshot!(report(None, &[credentials]), @"
    warning: identity-shared: identity orders: service accounts of 2 clusters are this identity, and have each other's rights; give each an identity of its own
    not checked: subject-unknown, credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown, account-unused, default-account: no service account was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: static-secret, static-key, account-unused: no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: subject-unknown, subject-malformed, issuer-spelling: the credentials have several issuers, and which is the cluster's is not known; give `--issuer`
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 0, warnings 1; accounts 0, workloads 0, identities 0, credentials 2, roles 0; issuer not known
    ");
}

#[test]
fn only_what_was_dumped_is_judged() {
    let cluster = list(&[account("shop", "orders", ONE), pod("shop", "orders")]);
    let azure = [
        json!([identity("orders", "1"), identity("bills", "2")]),
        json!([credential("bills", "c", ISSUER, "system:serviceaccount:bills:bills")]),
    ];
    insta::assert_snapshot!(report(None, &[&[cluster], &azure[..]].concat()), @"
    warning: credential-not-seen: service account shop/orders: no credential of identity `orders` was read: it has none, or its list is missing (`az identity federated-credential list --identity-name orders --resource-group app -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    not checked: subject-unknown: service accounts of namespaces were not read, or these are gone: bills (`kubectl get serviceaccounts -A -o json`)
    errors 0, warnings 1; accounts 1, workloads 1, identities 2, credentials 1, roles 0; issuer https://one.example/
    ");
    // Who read the accounts of kube-system read those of all namespaces.
    let cluster = list(&[account("kube-system", "default", ""), account("shop", "orders", ONE)]);
    let found = report(None, &[&[cluster], &azure[..]].concat());
    let lines: Vec<_> = found
        .lines()
        .filter(|line| line.contains("subject-unknown"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"error: subject-unknown: credential bills/c: the cluster has no service account `bills/bills`; delete the credential, or whoever makes that account is the identity");
}

#[test]
fn identities_that_environments_share() {
    let namespace = |name: &str, key: &str, value: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {key: value}}});
    let cluster = list(&[
        namespace("shop", "environment", "production"),
        namespace("shop-test", "env", "test"),
        namespace("bills", "environment", "production"),
        account("shop", "orders", ONE),
        account("shop-test", "orders", ""),
        account("bills", "bills", "90000000-0000-0000-0000-000000000000"),
        account("shop-test", "bills", "90000000-0000-0000-0000-000000000000"),
    ]);
    let azure = [
        json!([identity("orders", "1")]),
        json!([
            credential("orders", "c", ISSUER, "system:serviceaccount:shop:orders"),
            credential("orders", "d", ISSUER, "system:serviceaccount:shop-test:orders"),
            credential("orders", "e", "https://two.example/", "system:serviceaccount:bills:bills"),
        ]),
    ];
    let found = report(Some(ISSUER), &[&[cluster], &azure[..]].concat());
    let lines: Vec<_> = found
        .lines()
        .filter(|line| line.contains("environment-shared"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    error: environment-shared: client id 90000000-0000-0000-0000-000000000000: service accounts of the environments production (namespace bills) and test (namespace shop-test) are it; give each environment an identity of its own
    error: environment-shared: identity orders: service accounts of the environments production (namespace shop) and test (namespace shop-test) are it; give each environment an identity of its own
    ");
}
