//! Questions, each answered with yes, with no, and not at all.

mod cluster;

use serde_json::{Value, json};

use cluster::{
    GROUP, ISSUER, ONE, account, answers, claim, credential, deployment, identity, object, role, sound,
    vault_id,
};

use super::{
    checklists::{all, markdown},
    model::{Answer, Review},
    review,
};
use crate::{
    observe::page::page_has,
    operator::{audit::Reading, migrate::inventory::Progress},
};

fn reviewed(objects: &[Value]) -> Review {
    let mut reading = Reading::new(Some(ISSUER), None, Progress::silent());
    for (index, object) in objects.iter().enumerate() {
        reading.file(&format!("{index}.json"), object.to_string().as_bytes());
    }
    review(&reading.finish())
}

/// The answer to `id` with its evidence.
fn answer(objects: &[Value], id: &str) -> String {
    let review = reviewed(objects);
    assert_eq!(review.not_read.join("\n"), "");
    let row = review.questions.iter().find(|row| row.id == id).unwrap();
    format!("{}: {}", row.answer.name(), row.evidence.join(" | "))
}

#[test]
fn all_that_can_be_seen_is_answered() {
    let found = reviewed(&sound());
    let shown: Vec<_> = found
        .questions
        .iter()
        .map(|row| format!("{} {}: {}", row.answer.name(), row.id, row.evidence.join(" | ")))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    yes dedicated-account: 1 service account, each of one workload
    yes label-where-needed: 1 workload with label or wisp, each with an identity
    yes client-id-right: 1 service account, each with a client id that is in the list
    yes subject-exact: 1 credential
    yes scope-minimal: 1 role assignment
    yes no-static-secrets: 1 workload, and the Secrets that they take in
    yes platform-identities-unused: 1 identity of the cluster
    yes accounts-guarded: 1 ClusterRole with that right, bound in no ClusterRoleBinding
    yes client-ids-guarded: client-ids looks at client ids and refuses
    yes key-vault-model: 1 role assignment for Key Vaults that decide by roles
    cannot see private-endpoint: 
    cannot see sdk-chain: 
    yes failures-observable: PodMonitor shop/wisp
    cannot see revocation-documented: 
    yes role-changes-audited: diagnostic setting all
    yes account-annotated: 1 service account
    yes workload-uses-account: 1 service account, each with pods that ask
    yes trust-matches: 1 credential
    yes roles-as-claimed: 1 identity, with roles as claimed
    cannot see token-by-production-path: 
    cannot see operation-allowed: 
    cannot see other-operations-denied: 
    yes old-secrets-revoked: 1 app registration without secrets
    cannot see logs-show-usage: 
    yes identity-traceable: 1 identity with workloads
    yes identity-revocable: 1 identity, none of them shared
    cannot see logs-reviewable: 
    yes identity-recreatable: 1 claim
    yes owner-known: 1 identity with owners
    cannot see procedure-documented:
    ");
    assert!(!found.is_passed(), "what cannot be seen is not passed");
    let by_hand: Vec<_> = found
        .questions
        .iter()
        .filter(|row| row.answer == Answer::CannotSee)
        .map(|row| json!({"id": row.id, "answer": "yes", "evidence": "seen by team-platform, 2026-11-29"}))
        .collect();
    let with_answers = [sound(), vec![answers(by_hand.into())]].concat();
    let found = reviewed(&with_answers);
    assert!(found.is_passed(), "{found:?}");
}

#[test]
fn nothing_is_answered_that_was_not_seen() {
    let found = reviewed(&[]);
    let seen: Vec<_> = found
        .questions
        .iter()
        .filter(|row| row.answer != Answer::CannotSee)
        .map(|row| row.id)
        .collect();
    assert!(seen.is_empty(), "{seen:?}");
    assert!(
        found
            .questions
            .iter()
            .all(|row| row.needs.is_some() && row.fix.is_none())
    );
}

/// `sound` with `more`, and without the objects of this kind where they are replaced.
fn with(more: &[Value]) -> Vec<Value> {
    [sound(), more.to_vec()].concat()
}

#[test]
fn each_question_can_be_answered_with_no() {
    let wide = json!({"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    let bound = json!({"roleRef": {"name": "wide"}, "subjects": [{"kind": "Group", "name": "developers"}, {"kind": "ServiceAccount", "namespace": "ci", "name": "deploy"}]});
    let mut secret = deployment("secret", "plain", false);
    secret["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "AZURE_CLIENT_SECRET", "value": "marked"}]);
    let without = |kind: &str| -> Vec<Value> {
        sound()
            .into_iter()
            .filter(|object| object["kind"] != kind)
            .collect()
    };
    let no_guard = [without("ValidatingAdmissionPolicyBinding"), vec![]].concat();
    let no_claim = [
        without("AzureWorkloadIdentityClaim"),
        vec![{
            let mut other = claim();
            other["metadata"]["name"] = "bills".into();
            other["spec"]["managedIdentity"]["name"] = "bills".into();
            other
        }],
    ]
    .concat();
    let no_owner: Vec<_> = sound()
        .into_iter()
        .map(|object| if object.get("tags").is_some() { identity(None) } else { object })
        .collect();
    let test = json!({"metadata": {"name": "test", "labels": {"environment": "test"}}});
    let mut elsewhere = account("orders", ONE);
    elsewhere["metadata"]["namespace"] = "test".into();
    let no_role: Vec<_> = sound()
        .into_iter()
        .filter(|object| object.get("roleDefinitionName").is_none())
        .collect();
    let cases: Vec<(&str, Vec<Value>)> = vec![
        ("dedicated-account", with(&[deployment("more", "orders", true)])),
        ("label-where-needed", with(&[account("plain", ""), deployment("more", "plain", true)])),
        ("client-id-right", with(&[account("lost", "90000000-0000-0000-0000-000000000000")])),
        ("subject-exact", with(&[credential("gone")])),
        ("scope-minimal", with(&[role("Contributor", "/subscriptions/33333333-3333-3333-3333-333333333333")])),
        ("no-static-secrets", with(&[secret.clone()])),
        ("platform-identities-unused", with(&[account("node", "80000000-0000-0000-0000-000000000000")])),
        ("accounts-guarded", with(&[object("rbac.authorization.k8s.io/v1", "ClusterRole", "", "wide", wide), object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "all", bound)])),
        ("client-ids-guarded", no_guard),
        ("key-vault-model", with(&[json!({"id": vault_id(), "name": "kv", "properties": {"enableRbacAuthorization": false}})])),
        ("role-changes-audited", [without(""), vec![]].concat().into_iter().filter(|object: &Value| object.get("logs").is_none()).chain([json!({"id": "/subscriptions/x/providers/microsoft.insights/diagnosticSettings/all", "name": "all", "logs": []})]).collect()),
        ("account-annotated", with(&[credential("plain"), account("plain", "")])),
        ("workload-uses-account", with(&[account("more", ONE), deployment("more", "more", false)])),
        ("trust-matches", with(&[account("more", ONE)])),
        ("roles-as-claimed", [no_role, vec![role("Reader", &vault_id())]].concat()),
        ("old-secrets-revoked", with(&[json!({"appId": "70000000-0000-0000-0000-000000000000", "passwordCredentials": [{"keyId": "x"}]})])),
        ("identity-traceable", with(&[account("more", "90000000-0000-0000-0000-000000000000")])),
        ("identity-revocable", with(&[object("v1", "Namespace", "", "test", test), elsewhere])),
        ("identity-recreatable", no_claim),
        ("owner-known", no_owner),
    ];
    let shown: Vec<_> = cases
        .iter()
        .map(|(id, objects)| format!("{id}: {}", answer(objects, id)))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    dedicated-account: no: service account shop/orders: Deployment shop/more, Deployment shop/orders
    label-where-needed: no: Deployment shop/more: service account shop/plain names no identity
    client-id-right: no: client-id-unknown: service account shop/lost: no identity that was read has the client id 90000000-0000-0000-0000-000000000000
    subject-exact: no: subject-unknown: credential orders/gone: the cluster has no service account `shop/gone`; delete the credential, or whoever makes that account is the identity
    scope-minimal: no: role-broad: identity orders: it is `Contributor` of /subscriptions/33333333-3333-3333-3333-333333333333; give it roles for the resources that it uses
    no-static-secrets: no: static-secret: Deployment shop/secret: container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    platform-identities-unused: no: service account shop/node: the identity `kubeletidentity` of the cluster
    accounts-guarded: no: ClusterRoleBinding all: wide for Group developers, ServiceAccount ci/deploy
    client-ids-guarded: no: client-ids looks at client ids, and nothing has it refuse
    key-vault-model: no: Key Vault kv decides by access policies, so that roles for it do nothing
    role-changes-audited: no: 1 diagnostic setting without the category Administrative
    account-annotated: no: service account shop/plain does not name the identity
    workload-uses-account: no: Deployment shop/more has service account shop/more, and neither label nor wisp
    trust-matches: no: credential-missing: service account shop/more: identity `orders` has no federated credential for it, and without one Entra refuses its tokens (AADSTS700213); make one, or remove the annotation
    roles-as-claimed: no: identity orders: `Key Vault Secrets User` of /subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/app/providers/microsoft.keyvault/vaults/kv is claimed and not given | identity orders: `Reader` of /subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/app/providers/microsoft.keyvault/vaults/kv is in no claim
    old-secrets-revoked: no: app registration 70000000-0000-0000-0000-000000000000 has 1 secret or certificate
    identity-traceable: no: client id 90000000-0000-0000-0000-000000000000 has no workload that was read
    identity-revocable: no: environment-shared: identity orders: service accounts of the environments production (namespace shop) and test (namespace test) are it; give each environment an identity of its own
    identity-recreatable: no: identity orders has no claim
    owner-known: no: identity orders has no owner
    ");
    assert!(!shown.concat().contains("marked"));
}

#[test]
fn people_answer_what_cannot_be_seen_and_nothing_else() {
    let given = answers(json!([
        {"id": "private-endpoint", "answer": false, "evidence": "tried by team-network, 2026-11-20: no route"},
        {"id": "scope-minimal", "answer": "yes", "evidence": "trust me"},
    ]));
    let wide = role("Owner", GROUP);
    assert_eq!(
        answer(&[given.clone(), wide.clone()], "private-endpoint"),
        "no: tried by team-network, 2026-11-20: no route"
    );
    assert!(answer(&[given, wide], "scope-minimal").starts_with("no: role-grants"));
    let wrong = [
        answers(json!([{"id": "x", "answer": "yes", "evidence": "y"}])),
        answers(json!([{"id": "sdk-chain", "answer": "maybe", "evidence": "y"}])),
        answers(json!([{"id": "sdk-chain", "answer": "yes", "evidence": " "}])),
        answers(
            json!([{"id": "sdk-chain", "answer": "yes", "evidence": "y"}, {"id": "sdk-chain", "answer": "no", "evidence": "y"}]),
        ),
        answers(json!([{"id": "sdk-chain", "answer": "yes"}])),
    ];
    let shown: Vec<_> = wrong
        .iter()
        .map(|wrong| reviewed(std::slice::from_ref(wrong)).not_read.join("; "))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    an answer to `x`, which is no question of a review
    0.json:1: `answer` of `sdk-chain` has to be yes or no
    0.json:1: `evidence` of `sdk-chain` is empty; say who saw what, where and when
    0.json:1: `sdk-chain` is answered twice; keep one
    0.json:1: answers that are wrong: missing field `evidence`
    ");
}

#[test]
fn the_page_has_the_questions_and_each_id_stands_once() {
    page_has("docs/identity.md", "questions", &markdown());
    let mut ids: Vec<_> = all().map(|item| item.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
