//! Before the cut-over: each check, proven and not.

use std::time::Duration;

use serde_json::json;

use super::{Lab, ORDERS, put, put_account};
use crate::{
    emulator::FaultKind,
    operator::{
        cluster::{Object, Verb},
        migrate::tables::Form,
    },
};

#[tokio::test]
async fn all_is_proven() {
    let lab = Lab::new().await;
    let verification = lab.verify().await;
    insta::assert_snapshot!(lab.fake.calls().join("\n"), @"
    get ServiceAccount shop/orders
    create a token of ServiceAccount shop/orders
    ");
    insta::assert_snapshot!(lab.shown(&verification, Form::Text), @"
    Stage `before`: 1 workload, 1 of them proven.
    Checks: 10 proven, 0 failed, 0 unchecked, 0 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Tokens
    WORKLOAD                ACCOUNT  BY                    APPID                                 OID                                   TID                                   AUD
    Deployment shop/orders  orders   federated-credential  22222222-bbbb-4bbb-8bbb-222222222222  33333333-cccc-4ccc-8ccc-333333333333  11111111-aaaa-4aaa-8aaa-111111111111  https://management.azure.com
    ");
    insta::assert_snapshot!(lab.shown(&verification, Form::Markdown), @"
    # Verification of the way off pod-managed identity

    Stage `before`: 1 workload, 1 of them proven.

    Checks: 10 proven, 0 failed, 0 unchecked, 0 skipped.

    ## Checks

    | Workload | Check | Result | Client id | Found |
    |---|---|---|---|---|
    | Deployment shop/orders | account | proven | - | ServiceAccount shop/orders is there |
    | Deployment shop/orders | annotation | proven | - | 22222222-bbbb-4bbb-8bbb-222222222222 |
    | Deployment shop/orders | token | proven | - | it lives 600 s |
    | Deployment shop/orders | issuer | proven | - | https://localhost:PORT/issuer/cluster/ |
    | Deployment shop/orders | subject | proven | - | system:serviceaccount:shop:orders |
    | Deployment shop/orders | audience | proven | - | api://AzureADTokenExchange |
    | Deployment shop/orders | clock | proven | - | 0 s at most from Entra's clock |
    | Deployment shop/orders | discovery | proven | - | https://localhost:PORT/issuer/cluster/openid/v1/jwks has the key `KEY` |
    | Deployment shop/orders | exchange | proven | 22222222-bbbb-4bbb-8bbb-222222222222 | Entra gave a token |
    | Deployment shop/orders | claims | proven | 22222222-bbbb-4bbb-8bbb-222222222222 | oid 33333333-cccc-4ccc-8ccc-333333333333, tid 11111111-aaaa-4aaa-8aaa-111111111111 |

    ## Tokens

    | Workload | Account | By | Appid | Oid | Tid | Aud |
    |---|---|---|---|---|---|---|
    | Deployment shop/orders | orders | federated-credential | 22222222-bbbb-4bbb-8bbb-222222222222 | 33333333-cccc-4ccc-8ccc-333333333333 | 11111111-aaaa-4aaa-8aaa-111111111111 | https://management.azure.com |
    ");
}

#[tokio::test]
async fn a_missing_account_is_told() {
    let lab = Lab::new().await;
    lab.fake.delete(&Object::service_account("shop", "orders"));
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: account failed: ServiceAccount shop/orders is not there; apply the manifest that `wispctl migrate write` made of it, or have `wispctl migrate apply` make it
    - Deployment shop/orders: exchange unchecked: no token can be asked for without the service account; verify again once the service account is there
    ");
}

#[tokio::test]
async fn an_account_of_another_identity_is_told() {
    let lab = Lab::new().await;
    put_account(&lab.fake, "44444444-4444-4444-4444-444444444444");
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: annotation failed: `azure.workload.identity/client-id` is `44444444-4444-4444-4444-444444444444`, and the plan has 22222222-bbbb-4bbb-8bbb-222222222222; write 22222222-bbbb-4bbb-8bbb-222222222222, the client id of the identity");
    let mut account = lab
        .fake
        .get(&Object::service_account("shop", "orders"))
        .unwrap();
    account["metadata"]["annotations"] = serde_json::json!({});
    lab.fake
        .put(&Object::service_account("shop", "orders"), account.clone());
    insta::assert_snapshot!(lab.open().await, @r#"- Deployment shop/orders: annotation failed: it has no annotation `azure.workload.identity/client-id`; add `azure.workload.identity/client-id: "22222222-bbbb-4bbb-8bbb-222222222222"` to it"#);
    account["metadata"]["annotations"] = serde_json::json!({
        "azure.workload.identity/client-id": ORDERS.to_uppercase(),
        "azure.workload.identity/tenant-id": "44444444-4444-4444-4444-444444444444",
    });
    lab.fake
        .put(&Object::service_account("shop", "orders"), account);
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: annotation failed: `azure.workload.identity/tenant-id` is 44444444-4444-4444-4444-444444444444, and the plan has 11111111-aaaa-4aaa-8aaa-111111111111; write 11111111-aaaa-4aaa-8aaa-111111111111, or plan with `--tenant 44444444-4444-4444-4444-444444444444`");
}

#[tokio::test]
async fn an_issuer_differs_by_a_slash_or_altogether() {
    let mut lab = Lab::new().await;
    let issuer = lab.issuer.clone();
    lab.issuer = issuer.trim_end_matches('/').to_owned();
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: issuer failed: tokens have https://localhost:PORT/issuer/cluster/, and the credentials are planned for https://localhost:PORT/issuer/cluster (a slash at the end); plan with `--issuer https://localhost:PORT/issuer/cluster/`, and write the credentials with that: Entra compares each letter (AADSTS700211)");
    lab.issuer = "https://issuer.example/".to_owned();
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: issuer failed: tokens have https://localhost:PORT/issuer/cluster/, and the credentials are planned for https://issuer.example/; plan with `--issuer https://localhost:PORT/issuer/cluster/`, and write the credentials with that: Entra compares each letter (AADSTS700211)");
    // The cluster signs as another than Azure has been told.
    let mut lab = Lab::new().await;
    lab.bend(|claims| claims["iss"] = claims["iss"].as_str().unwrap().trim_end_matches('/').into());
    lab.request.timeout = Duration::from_secs(3);
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: issuer failed: tokens have https://localhost:PORT/issuer/cluster, and the credentials are planned for https://localhost:PORT/issuer/cluster/ (a slash at the end); plan with `--issuer https://localhost:PORT/issuer/cluster`, and write the credentials with that: Entra compares each letter (AADSTS700211)
    - Deployment shop/orders: discovery failed: https://localhost:PORT/issuer/cluster/.well-known/openid-configuration names the issuer https://localhost:PORT/issuer/cluster/, and tokens have https://localhost:PORT/issuer/cluster (a slash at the end); publish what the API server signs with: `wispctl identity issuer` makes the documents and compares them
    - Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://localhost:PORT/issuer/cluster'. Fix: set the credential's issuer to the presented one exactly, with its trailing slash; a re-created cluster has a new issuer. Presented issuer 'https://localhost:PORT/issuer/cluster', subject 'system:serviceaccount:shop:orders', audience 'api://AzureADTokenExchange'. Trace ID: … (waited 3 s)
    ");
}

#[tokio::test]
async fn a_credential_of_another_audience_or_subject_is_told_by_entra() {
    let mut lab =
        Lab::with(|identity| identity.federated_credentials[0].audience = "api://other".to_owned(), 0).await;
    lab.request.timeout = Duration::ZERO;
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS700212: No matching federated identity record found for presented assertion audience 'api://AzureADTokenExchange'. Fix: give the credential and the projected volume the same audience; api://AKSIdentityBinding needs AZURE_KUBERNETES_TOKEN_PROXY. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:orders', audience 'api://AzureADTokenExchange'. Trace ID: …");
    let mut lab = Lab::with(
        |identity| identity.federated_credentials[0].subject = "system:serviceaccount:shop:Orders".to_owned(),
        0,
    )
    .await;
    lab.request.timeout = Duration::ZERO;
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS7002138: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:orders'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Fix: create the federated identity credential again with the presented subject in its exact case. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:orders', audience 'api://AzureADTokenExchange'. Trace ID: …");
}

#[tokio::test]
async fn tokens_of_another_audience_or_subject_are_told() {
    let mut lab = Lab::new().await;
    lab.request.timeout = Duration::ZERO;
    lab.bend(|claims| claims["aud"] = serde_json::json!(["https://kubernetes.default.svc"]));
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: audience failed: the token has https://kubernetes.default.svc, and the credential is planned for api://AzureADTokenExchange; write the credential as the token has it: Entra compares each letter
    - Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS700212: No matching federated identity record found for presented assertion audience 'https://kubernetes.default.svc'. Fix: give the credential and the projected volume the same audience; api://AKSIdentityBinding needs AZURE_KUBERNETES_TOKEN_PROXY. The token's audience 'https://kubernetes.default.svc' is not the usual api://AzureADTokenExchange. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:orders', audience 'https://kubernetes.default.svc'. Trace ID: …
    ");
    lab.bend(|claims| claims["sub"] = "system:serviceaccount:shop:Orders".into());
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: subject failed: the token has system:serviceaccount:shop:Orders, and the credential is planned for system:serviceaccount:shop:orders (capital letters); write the credential as the token has it: Entra compares each letter
    - Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS7002138: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:Orders'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Fix: create the federated identity credential again with the presented subject in its exact case. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:Orders', audience 'api://AzureADTokenExchange'. Trace ID: …
    ");
}

#[tokio::test]
async fn a_missing_credential_is_waited_for_and_told() {
    let lab = Lab::with(|identity| identity.federated_credentials.clear(), 0).await;
    insta::assert_snapshot!(lab.text().await, @"
    Stage `before`: 1 workload, 0 of them proven.
    Checks: 8 proven, 1 failed, 0 unchecked, 0 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Not proven
    - Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS70025: The client '22222222-bbbb-4bbb-8bbb-222222222222'(orders) has no configured federated identity credentials. Fix: create one on the identity whose client id is in AZURE_CLIENT_ID, or correct AZURE_CLIENT_ID. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:orders', audience 'api://AzureADTokenExchange'. Trace ID: … (waited 120 s)
    error: 1 check failed: see `Not proven`
    ");
}

#[tokio::test]
async fn propagation_is_waited_out() {
    let lab = Lab::new().await;
    let fault = FaultKind::Propagation { credential: "orders".into(), seconds: 30, aadsts: 70021 };
    lab.emulator.add_fault(fault).unwrap();
    let verification = lab.verify().await;
    assert!(verification.open_ends().is_empty(), "{:?}", verification.open_ends());
    let waits: Vec<_> = verification
        .checks()
        .filter(|(_, check)| check.waited_seconds > 0)
        .map(|(_, check)| format!("{}: {}", check.id.name(), check.found))
        .collect();
    assert_eq!(waits, ["exchange: Entra gave a token (waited 30 s)"]);
    // Each time with a token of its own.
    let calls = lab.fake.calls().join("\n");
    assert_eq!(calls.matches("create a token of").count(), 5, "{calls}");
}

#[tokio::test]
async fn propagation_that_never_ends_is_waited_for_once() {
    let lab = Lab::new().await;
    let fault = FaultKind::Propagation { credential: "orders".into(), seconds: 100_000, aadsts: 70021 };
    lab.emulator.add_fault(fault).unwrap();
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS70021: No matching federated identity record found for presented assertion. Assertion Issuer: 'https://localhost:PORT/issuer/cluster/'. Assertion Subject: 'system:serviceaccount:shop:orders'. Assertion Audience: 'api://AzureADTokenExchange'. Fix: compare the presented issuer, subject and audience with the credential; a new credential needs some minutes to spread. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:orders', audience 'api://AzureADTokenExchange'. Trace ID: … (waited 120 s)");
    // An outage proves nothing.
    lab.emulator
        .set_faults(vec![FaultKind::Unavailable { retry_after_seconds: Some(3600) }.into()])
        .unwrap();
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange unchecked: AADSTS90033: A transient error has occurred. Please try again. Fix: wait; wisp tries again by itself. If it lasts, look at the Azure status page. Trace ID: …");
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let lab = Lab::new().await;
    lab.fake.forbid(Verb::Create, "serviceaccounts/token", true);
    insta::assert_snapshot!(lab.text().await, @"
    Stage `before`: 1 workload, 0 of them proven.
    Checks: 2 proven, 0 failed, 1 unchecked, 0 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Not proven
    - Deployment shop/orders: token unchecked: the API server refuses `create` of a token of ServiceAccount shop/orders; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `create` on `serviceaccounts/token` with resource name `orders`; or have a Job of that service account ask, by `--by-job` with `--image`
    error: 1 check could not be made: see `Not proven`
    ");
    lab.fake.forbid(Verb::Get, "serviceaccounts", true);
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: account unchecked: the API server refuses `get` of ServiceAccount shop/orders; give its service account a ClusterRole that allows `get` on `serviceaccounts`
    - Deployment shop/orders: token unchecked: the API server refuses `create` of a token of ServiceAccount shop/orders; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `create` on `serviceaccounts/token` with resource name `orders`; or have a Job of that service account ask, by `--by-job` with `--image`
    ");
}

#[tokio::test]
async fn what_is_published_is_looked_at() {
    let lab = Lab::new().await;
    let keys = lab.emulator.issuers()[0].clone();
    // A token that another key has signed: what is no token of this issuer.
    let other = Lab::new().await;
    let foreign = other.emulator.issuers()[0].clone();
    let time = lab.time.clone();
    other.emulator.rotate_keys().await.unwrap();
    lab.fake.when_created("serviceaccounts/token", move |_, _| {
        let now = crate::clock::Clock::wall(&time).secs();
        let claims = serde_json::json!({
            "iss": keys.url(), "sub": "system:serviceaccount:shop:orders", "aud": ["api://AzureADTokenExchange"],
            "iat": now, "exp": now + 600,
        });
        Ok(serde_json::json!({"status": {"token": foreign.sign(&claims).unwrap()}}))
    });
    let open = lab.open().await;
    let discovery = open
        .lines()
        .find(|line| line.contains("discovery failed"))
        .unwrap();
    assert!(discovery.contains("lacks the key"), "{discovery}");
    // An issuer that cannot be read from here proves nothing and hinders nothing.
    let mut lab = Lab::new().await;
    lab.request.timeout = Duration::ZERO;
    lab.bend(|claims| claims["iss"] = "https://issuer.invalid/".into());
    let verification = lab.verify().await;
    let found = verification
        .checks()
        .find(|(_, check)| check.id.name() == "discovery")
        .unwrap()
        .1;
    assert_eq!(found.outcome.name(), "skipped", "{}", found.found);
}

#[tokio::test]
async fn identities_that_the_cluster_is_bound_to_are_left_to_pods() {
    let mut lab = Lab::new().await;
    lab.is_bound = true;
    let verification = lab.verify().await;
    insta::assert_snapshot!(lab.fake.calls().join("\n"), @"get ServiceAccount shop/orders");
    let skipped = verification.checks().last().unwrap().1;
    insta::assert_snapshot!(format!("{} {}", skipped.id.name(), skipped.outcome.name()), @"exchange skipped");
}

/// An issuer may be far away, or not to be reached from here: what it publishes is read once for all workloads.
#[tokio::test]
async fn what_an_issuer_publishes_is_read_once() {
    let lab = Lab::new().await;
    let account = json!({"metadata": {"namespace": "shop", "name": "bills", "annotations": {"azure.workload.identity/client-id": ORDERS}}});
    lab.fake
        .put(&Object::service_account("shop", "bills"), account);
    let template = json!({"metadata": {"labels": {"aadpodidbinding": "orders"}}, "spec": {"serviceAccountName": "bills"}});
    let deployments = ("apis/apps/v1", "deployments", "Deployment");
    put(&lab.fake, deployments, "bills", &json!({"spec": {"template": template}}));
    let verification = lab.verify().await;
    assert_eq!(verification.workloads.len(), 2);
    let fetched = lab.outside.fetched.lock();
    let discoveries = fetched
        .iter()
        .filter(|url| url.starts_with(&lab.issuer) && url.contains("/.well-known/"))
        .count();
    assert_eq!(discoveries, 1, "{fetched:?}");
}
