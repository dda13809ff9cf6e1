//! A cluster and an Azure with one of each fault, and with none.
//!
//! - `dumps`: what was read and what was not, and what follows from it; `live`: a cluster that is read; `secrets`: those that are left

mod dumps;
mod live;
mod secrets;

use serde_json::{Value, json};

use super::{Facts, Reading, audit, text};
use crate::operator::migrate::inventory::Progress;

const ISSUER: &str = "https://one.example/";
const IDS: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities";

fn account(namespace: &str, name: &str, client_id: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"namespace": namespace, "name": name, "annotations": {"azure.workload.identity/client-id": client_id}},
    })
}

fn pod(namespace: &str, account: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": account},
        "spec": {"serviceAccountName": account, "containers": [{"name": "app", "image": "app"}]},
    })
}

fn identity(name: &str, digit: &str) -> Value {
    let guid = |digit: &str| format!("{digit}0000000-0000-0000-0000-000000000000");
    json!({"id": format!("{IDS}/{name}"), "name": name, "clientId": guid(digit), "principalId": guid("F"), "location": "westeurope"})
}

fn credential(identity: &str, name: &str, issuer: &str, subject: &str) -> Value {
    json!({
        "id": format!("{IDS}/{identity}/federatedIdentityCredentials/{name}"), "name": name, "issuer": issuer,
        "subject": subject, "audiences": ["api://AzureADTokenExchange"],
    })
}

fn role(principal: &str, role: &str, scope: &str) -> Value {
    json!({"principalId": principal, "principalType": "ServicePrincipal", "roleDefinitionName": role, "scope": scope})
}

/// What the lists `dumps` say, one file each.
fn facts(issuer: Option<&str>, dumps: &[Value]) -> Facts {
    let mut reading = Reading::new(issuer, None, Progress::silent());
    for (index, dump) in dumps.iter().enumerate() {
        reading.file(&format!("{index}.json"), dump.to_string().as_bytes());
    }
    reading.finish()
}

/// The report over the lists `dumps`, one file each.
fn report(issuer: Option<&str>, dumps: &[Value]) -> String {
    let facts = facts(issuer, dumps);
    let unread = facts.unread.iter().map(|text| format!("unread: {text}\n"));
    unread.collect::<String>() + &text(&audit(&facts), &facts)
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

const ONE: &str = "10000000-0000-0000-0000-000000000000";

#[test]
fn nothing_is_wrong_where_all_fits() {
    let cluster =
        list(&[account("shop", "orders", ONE), account("shop", "plain", ""), pod("shop", "orders")]);
    let scope = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.KeyVault/vaults/kv";
    let azure = [
        json!([identity("orders", "1")]),
        json!([credential("orders", "c", ISSUER, "system:serviceaccount:shop:orders")]),
        json!([role("f0000000-0000-0000-0000-000000000000", "Key Vault Secrets User", scope)]),
    ];
    insta::assert_snapshot!(report(None, &[&[cluster], &azure[..]].concat()), @"
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    errors 0, warnings 0; accounts 2, workloads 1, identities 1, credentials 1, roles 1; issuer https://one.example/
    ");
}

#[test]
fn credentials_that_let_in_nobody_or_anybody() {
    let cluster = list(&[
        account("shop", "orders", ONE),
        pod("shop", "orders"),
        account("other", "mail", ONE),
        pod("other", "mail"),
    ]);
    let mut several = credential("orders", "audiences", "https://two.example/", "system:serviceaccount:a:b");
    several["audiences"] = json!(["api://AzureADTokenExchange", "api://x"]);
    let mut of_application = credential("x", "app", ISSUER, "system:serviceaccount:shop:gone");
    of_application["id"] = "77777777-7777-7777-7777-777777777777".into();
    let credentials = json!([
        credential("orders", "good", ISSUER, "system:serviceaccount:shop:orders"),
        credential("orders", "twice", ISSUER, "system:serviceaccount:shop:orders"),
        credential("orders", "mail", ISSUER, "system:serviceaccount:other:mail"),
        credential("orders", "gone", ISSUER, "system:serviceaccount:shop:gone"),
        credential("orders", "capital", ISSUER, "system:serviceaccount:Shop:orders"),
        credential("orders", "star", ISSUER, "system:serviceaccount:shop:*"),
        credential("orders", "slash", "https://one.example", "system:serviceaccount:shop:orders"),
        credential("orders", "case", "https://One.example/", "system:serviceaccount:shop:orders"),
        credential(
            "orders",
            "pipeline",
            "https://token.actions.githubusercontent.com",
            "repo:o/r:ref:refs/heads/main"
        ),
        several,
        of_application,
    ]);
    insta::assert_snapshot!(report(Some(ISSUER), &[cluster, credentials]), @"
    error: subject-unknown: credential app of an app registration: the cluster has no service account `shop/gone`; delete the credential, or whoever makes that account is the identity
    error: subject-unknown: credential orders/gone: the cluster has no service account `shop/gone`; delete the credential, or whoever makes that account is the identity
    error: subject-malformed: credential orders/capital: its subject is `system:serviceaccount:Shop:orders`, and those of service accounts are system:serviceaccount:NAMESPACE:NAME, to the letter: delete it
    error: subject-malformed: credential orders/star: its subject is `system:serviceaccount:shop:*`, and those of service accounts are system:serviceaccount:NAMESPACE:NAME, to the letter: delete it
    error: issuer-spelling: credential orders/case: its issuer is https://One.example/, and the cluster's is https://one.example/; Entra compares each letter (AADSTS700211): delete it, and make it anew
    error: issuer-spelling: credential orders/slash: its issuer is https://one.example, and the cluster's is https://one.example/; Entra compares each letter (AADSTS700211): delete it, and make it anew
    error: audience-wrong: credential orders/audiences: its audiences are `api://AzureADTokenExchange`, `api://x`; expected api://AzureADTokenExchange alone
    error: credential-twice: credential orders/twice: `good` is for the same issuer and subject (AADSTS700263); delete one
    warning: identity-shared: identity orders: service accounts of namespaces a, other, shop and of 2 clusters are this identity, and have each other's rights; give each an identity of its own
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 8, warnings 1; accounts 2, workloads 2, identities 0, credentials 11, roles 0; issuer https://one.example/
    ");
}

#[test]
fn an_identity_that_is_full() {
    let credentials = (0..20)
        .map(|n| credential("orders", &format!("c{n}"), ISSUER, &format!("system:serviceaccount:shop:a{n}")));
    insta::assert_snapshot!(report(None, &[credentials.collect()]), @"
    warning: credentials-full: identity orders: it holds 20 federated credentials, and Azure allows 20; delete those that nobody needs, or bind it to clusters
    not checked: subject-unknown, credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown, account-unused, default-account: no service account was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: static-secret, static-key, account-unused: no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 0, warnings 1; accounts 0, workloads 0, identities 0, credentials 20, roles 0; issuer https://one.example/
    ");
}

#[test]
fn accounts_that_name_the_wrong_identity_or_have_no_pod() {
    let principal = "f0000000-0000-0000-0000-000000000000";
    let cluster = list(&[
        account("shop", "orders", ONE),
        pod("shop", "orders"),
        account("shop", "idle", ONE),
        account("shop", "default", ONE),
        account("shop", "principal", principal),
        pod("shop", "principal"),
        account("shop", "unknown", "90000000-0000-0000-0000-000000000000"),
        pod("shop", "unknown"),
    ]);
    let azure = [
        json!([identity("orders", "1")]),
        json!([credential("orders", "idle", ISSUER, "system:serviceaccount:shop:idle")]),
    ];
    insta::assert_snapshot!(report(None, &[&[cluster], &azure[..]].concat()), @"
    error: credential-missing: service account shop/default: identity `orders` has no federated credential for it, and without one Entra refuses its tokens (AADSTS700213); make one, or remove the annotation
    error: credential-missing: service account shop/orders: identity `orders` has no federated credential for it, and without one Entra refuses its tokens (AADSTS700213); make one, or remove the annotation
    error: client-id-is-principal-id: service account shop/principal: its annotation is the principal id of identity `orders`; write the client id, 10000000-0000-0000-0000-000000000000
    warning: client-id-unknown: service account shop/unknown: no identity that was read has the client id 90000000-0000-0000-0000-000000000000
    warning: account-unused: service account shop/idle: no pod and no workload that was read has it; delete it with its credential if nothing needs it
    warning: default-account: service account shop/default: every pod of the namespace that names no account is the identity; give the workload an account of its own
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 3, warnings 3; accounts 5, workloads 3, identities 1, credentials 1, roles 0; issuer https://one.example/
    ");
}

#[test]
fn roles_that_are_too_wide() {
    let subscription = "/subscriptions/33333333-3333-3333-3333-333333333333";
    let group = format!("{subscription}/resourceGroups/app");
    let ours = "F0000000-0000-0000-0000-000000000000";
    let roles = json!([
        role(ours, "Owner", &group),
        role(ours, "Contributor", subscription),
        role(ours, "Contributor", &group),
        role(ours, "Reader", subscription),
        role(ours, "Reader", "/"),
        role(ours, "Reader", &group),
        role("e0000000-0000-0000-0000-000000000000", "Owner", subscription),
    ]);
    insta::assert_snapshot!(report(None, &[json!([identity("orders", "1")]), roles.clone()]), @"
    error: role-grants: identity orders: it is `Owner` of /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app, and can give itself every role; take it away
    error: role-broad: identity orders: it is `Contributor` of /subscriptions/33333333-3333-3333-3333-333333333333; give it roles for the resources that it uses
    warning: role-wide: identity orders: it is `Reader` of /; name the resources, if some are enough
    warning: role-wide: identity orders: it is `Reader` of /subscriptions/33333333-3333-3333-3333-333333333333; name the resources, if some are enough
    not checked: subject-unknown, credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown, account-unused, default-account: no service account was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: static-secret, static-key, account-unused: no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: subject-unknown, subject-malformed, issuer-spelling, audience-wrong, credential-twice, credential-missing, credential-not-seen, credentials-full, identity-shared: no federated credential was read (`az identity federated-credential list -o json`, for each identity)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    errors 2, warnings 2; accounts 0, workloads 0, identities 1, credentials 0, roles 7; issuer not known
    ");
    // Without identities, every service principal is looked at, and no person.
    let mut person = role("e0000000-0000-0000-0000-000000000000", "Owner", subscription);
    person["principalType"] = "User".into();
    insta::assert_snapshot!(report(None, &[json!([roles[6], person])]), @"
    error: role-grants: principal e0000000-0000-0000-0000-000000000000: it is `Owner` of /subscriptions/33333333-3333-3333-3333-333333333333, and can give itself every role; take it away
    not checked: subject-unknown, credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown, account-unused, default-account: no service account was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: static-secret, static-key, account-unused: no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)
    not checked: subject-unknown, subject-malformed, issuer-spelling, audience-wrong, credential-twice, credential-missing, credential-not-seen, credentials-full, identity-shared: no federated credential was read (`az identity federated-credential list -o json`, for each identity)
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    errors 1, warnings 0; accounts 0, workloads 0, identities 0, credentials 0, roles 2; issuer not known
    ");
}
