//! A cluster read from end to end, and what hinders it.

use serde_json::{Value, json};

use crate::operator::{
    audit::{
        Extent, Facts, Reading, audit,
        live::{KINDS, REVIEWED},
        review::{Review, review},
        text,
    },
    cluster::{Collection, fake::Fake},
    migrate::inventory::Progress,
};

/// A Deployment with an identity and a Secret, in a namespace of an environment.
fn cluster() -> Fake {
    let fake = Fake::new();
    let put = |root, resource, kind, namespace: Option<&str>, name: &str, mut object: Value| {
        object["metadata"]["name"] = name.into();
        if let Some(namespace) = namespace {
            object["metadata"]["namespace"] = namespace.into();
        }
        fake.put_into(&Collection::at(root, resource, kind, namespace), name, object);
    };
    for (namespace, environment) in [("shop", "production"), ("test", "test")] {
        put(
            "api/v1",
            "namespaces",
            "Namespace",
            None,
            namespace,
            json!({"metadata": {"labels": {"environment": environment}}}),
        );
        let annotations =
            json!({"azure.workload.identity/client-id": "10000000-0000-0000-0000-000000000000"});
        let account = json!({"metadata": {"annotations": annotations}});
        put("api/v1", "serviceaccounts", "ServiceAccount", Some(namespace), "orders", account);
    }
    let container = json!({"name": "app", "envFrom": [{"secretRef": {"name": "creds"}}]});
    let spec = json!({"serviceAccountName": "orders", "containers": [container]});
    let deployment = json!({"metadata": {}, "spec": {"template": {"spec": spec}}});
    put("apis/apps/v1", "deployments", "Deployment", Some("shop"), "orders", deployment);
    let secret = json!({"metadata": {}, "data": {"AZURE_CLIENT_SECRET": "aHVudGVyMg=="}});
    put("api/v1", "secrets", "Secret", Some("shop"), "creds", secret);
    fake
}

async fn read(fake: &Fake, namespace: Option<&str>, has_secrets: bool) -> Facts {
    let mut reading = Reading::new(Some("https://one.example/"), None, Progress::silent());
    let extent = Extent { namespace, has_secrets, is_for_review: false };
    reading.cluster(fake, extent).await;
    reading.finish()
}

fn findings(facts: &Facts) -> String {
    let whole = text(&audit(facts), facts);
    let lines = whole
        .lines()
        .filter(|line| !line.starts_with("not checked: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_cluster_is_read_and_nothing_is_written() {
    let fake = cluster();
    let facts = read(&fake, None, false).await;
    assert_eq!(facts.unread.join("\n"), "");
    insta::assert_snapshot!(text(&audit(&facts), &facts), @"
    error: environment-shared: client id 10000000-0000-0000-0000-000000000000: service accounts of the environments production (namespace shop) and test (namespace test) are it; give each environment an identity of its own
    warning: account-unused: service account test/orders: no pod and no workload that was read has it; delete it with its credential if nothing needs it
    not checked: subject-unknown, subject-malformed, issuer-spelling, audience-wrong, credential-twice, credential-missing, credential-not-seen, credentials-full, identity-shared: no federated credential was read (`az identity federated-credential list -o json`, for each identity)
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    not checked: static-secret, static-key: Secrets that pods take in were not read, so nobody knows what is in them: shop/creds (`kubectl get secrets -A -o json`, or `--with-secrets`; no value is kept)
    errors 1, warnings 1; accounts 2, workloads 1, identities 0, credentials 0, roles 0; issuer https://one.example/
    ");
    let calls = fake.calls();
    assert!(calls.iter().all(|call| call.starts_with("list ")), "{calls:?}");
    assert!(!calls.iter().any(|call| call.starts_with("list secrets ")), "secrets are read unasked");
}

#[tokio::test(start_paused = true)]
async fn secrets_of_whole_environments_are_found() {
    let facts = read(&cluster(), None, true).await;
    insta::assert_snapshot!(findings(&facts), @"
    error: environment-shared: client id 10000000-0000-0000-0000-000000000000: service accounts of the environments production (namespace shop) and test (namespace test) are it; give each environment an identity of its own
    error: static-secret: Deployment shop/orders: container `app`, envFrom, from Secret creds, key `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Secret shop/creds: key `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    warning: account-unused: service account test/orders: no pod and no workload that was read has it; delete it with its credential if nothing needs it
    errors 3, warnings 1; accounts 2, workloads 1, identities 0, credentials 0, roles 0; issuer https://one.example/
    ");
    assert!(!format!("{facts:?}").contains("hunter2") && !format!("{facts:?}").contains("aHVudGVyMg"));
}

#[tokio::test(start_paused = true)]
async fn one_namespace_is_enough() {
    let fake = cluster();
    let facts = read(&fake, Some("test"), false).await;
    insta::assert_snapshot!(findings(&facts), @"errors 0, warnings 0; accounts 1, workloads 0, identities 0, credentials 0, roles 0; issuer https://one.example/");
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_listed() {
    let fake = cluster();
    fake.forbid_list("serviceaccounts", true);
    let facts = read(&fake, None, false).await;
    insta::assert_snapshot!(facts.unread.join("\n"), @"cluster: the API server refuses `list` of all objects of kind ServiceAccount; give its service account a ClusterRole that allows `list` on `serviceaccounts`");
    assert_eq!(facts.workloads(), 1, "the rest is there");
    let fake = cluster();
    fake.leave_after(3);
    let facts = read(&fake, None, false).await;
    assert_eq!(facts.unread.len(), 2, "{:?}", facts.unread);
    assert_eq!(facts.accounts.len(), 2, "what was read stays");
}

#[tokio::test(start_paused = true)]
async fn a_review_reads_rights_policies_and_monitoring_too() {
    let fake = cluster();
    let review = async |fake: &Fake| {
        let mut reading = Reading::new(Some("https://one.example/"), None, Progress::silent());
        let extent = Extent { is_for_review: true, ..Extent::default() };
        reading.cluster(fake, extent).await;
        review(&reading.finish())
    };
    let shown = |found: &Review| {
        let ids = ["accounts-guarded", "client-ids-guarded", "failures-observable"];
        let rows = found.questions.iter().filter(|row| ids.contains(&row.id));
        let lines: Vec<_> = rows
            .map(|row| format!("{}: {} {:?}", row.id, row.answer.name(), row.evidence))
            .collect();
        lines.join("\n")
    };
    // A whole cluster without a policy has none.
    let found = review(&fake).await;
    assert_eq!(found.not_read.join("\n"), "");
    insta::assert_snapshot!(shown(&found), @r#"
    accounts-guarded: cannot see []
    client-ids-guarded: no ["0 admission policies, none of which looks at client ids"]
    failures-observable: cannot see []
    "#);
    let rules = json!([{"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}]);
    let roles = Collection::at("apis/rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", None);
    fake.put_into(&roles, "tokens", json!({"metadata": {"name": "tokens"}, "rules": rules}));
    let bindings = Collection::at(
        "apis/rbac.authorization.k8s.io/v1",
        "clusterrolebindings",
        "ClusterRoleBinding",
        None,
    );
    let subjects = json!([{"kind": "User", "name": "dev@example.com"}]);
    let binding = json!({"metadata": {"name": "all"}, "roleRef": {"name": "tokens"}, "subjects": subjects});
    fake.put_into(&bindings, "all", binding);
    insta::assert_snapshot!(shown(&review(&fake).await), @r#"
    accounts-guarded: no ["ClusterRoleBinding all: tokens for User dev@example.com"]
    client-ids-guarded: no ["0 admission policies, none of which looks at client ids"]
    failures-observable: cannot see []
    "#);
    // What may not be listed is no answer.
    fake.forbid_list("validatingadmissionpolicies", true);
    let found = review(&fake).await;
    insta::assert_snapshot!(shown(&found), @r#"
    accounts-guarded: no ["ClusterRoleBinding all: tokens for User dev@example.com"]
    client-ids-guarded: cannot see []
    failures-observable: cannot see []
    "#);
    assert!(!found.is_passed() && found.not_read.len() == 1, "{:?}", found.not_read);
    let calls = fake.calls();
    assert!(calls.iter().all(|call| call.starts_with("list ")), "{calls:?}");
}

#[test]
fn the_page_has_a_role_for_what_is_asked_for_besides_the_inventory() {
    let page = include_str!("../../../../docs/identity.md");
    let (_, role) = page.split_once("kind: ClusterRole").unwrap();
    let (role, _) = role.split_once("```").unwrap();
    let words: Vec<_> = role
        .split(|letter: char| " ,[]\n".contains(letter))
        .collect();
    for kind in KINDS.iter().chain(REVIEWED) {
        assert!(words.contains(&kind.resource), "{}", kind.resource);
    }
}
