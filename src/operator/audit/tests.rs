//! A cluster and an Azure with one of each fault, and with none.

use serde_json::{Value, json};

use super::{Facts, Reading, audit, json, text};
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

#[test]
fn secrets_that_are_left_are_named_and_their_values_are_not() {
    let mut pod = pod("shop", "orders");
    pod["spec"]["containers"][0]["env"] = json!([
        {"name": "AZURE_CLIENT_SECRET", "value": "hunter2"},
        {"name": "AZURE_CLIENT_ID", "value": "x"},
        {"name": "AZURE_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"replicas": 0, "template": {"spec": pod["spec"]}},
    });
    let facts = facts(None, &[list(&[pod, deployment, account("shop", "orders", ONE)])]);
    let (found, debug) = (audit(&facts), format!("{facts:?}"));
    let whole = text(&found, &facts) + &json(&found, &facts) + &debug;
    assert!(!whole.contains("hunter2"), "{whole}");
    insta::assert_snapshot!(text(&found, &facts), @"
    error: static-secret: Deployment shop/web: container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Deployment shop/web: container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Pod shop/orders: container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Pod shop/orders: container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it
    not checked: subject-unknown, subject-malformed, issuer-spelling, audience-wrong, credential-twice, credential-missing, credential-not-seen, credentials-full, identity-shared: no federated credential was read (`az identity federated-credential list -o json`, for each identity)
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 4, warnings 0; accounts 1, workloads 2, identities 0, credentials 0, roles 0; issuer not known
    ");
    insta::assert_snapshot!(json(&found, &facts), @r#"
    {
      "findings": [
        {
          "about": "Deployment shop/web",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it"
        },
        {
          "about": "Deployment shop/web",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it"
        },
        {
          "about": "Pod shop/orders",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it"
        },
        {
          "about": "Pod shop/orders",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it"
        }
      ],
      "issuer": null,
      "notChecked": [
        {
          "ids": [
            "subject-unknown",
            "subject-malformed",
            "issuer-spelling",
            "audience-wrong",
            "credential-twice",
            "credential-missing",
            "credential-not-seen",
            "credentials-full",
            "identity-shared"
          ],
          "reason": "no federated credential was read (`az identity federated-credential list -o json`, for each identity)"
        },
        {
          "ids": [
            "credential-missing",
            "credential-not-seen",
            "client-id-is-principal-id",
            "client-id-unknown"
          ],
          "reason": "no identity was read (`az identity list -o json`)"
        },
        {
          "ids": [
            "environment-shared"
          ],
          "reason": "no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label"
        },
        {
          "ids": [
            "role-grants",
            "role-broad",
            "role-wide"
          ],
          "reason": "no role assignment was read (`az role assignment list --all -o json`)"
        }
      ],
      "notRead": [],
      "read": {
        "accounts": 1,
        "credentials": 0,
        "identities": 0,
        "roles": 0,
        "workloads": 2
      },
      "version": 1
    }
    "#);
}

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
