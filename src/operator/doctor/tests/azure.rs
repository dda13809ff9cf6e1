//! Lists of Azure with nothing in them, and a slash that is forgotten.

use serde_json::{Value, json};

use super::scene::{Scene, wrong};
use crate::{
    doctor::{
        Choice, Finding, Outcome,
        report::{Style, text},
    },
    operator::doctor::diagnose,
};

/// What is found of `cart` with these files beside the cluster's.
fn with(files: &[Value]) -> Vec<Finding> {
    let mut scene = Scene::of("cart");
    scene.azure.clear();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": scene.objects});
    let mut facts = scene.facts();
    facts.file("cluster.json", list.to_string().as_bytes(), None);
    for file in files {
        facts.file("azure.json", file.to_string().as_bytes(), None);
    }
    diagnose(&facts, &scene.request, &Choice::default())
}

/// Identities, credentials and roles in which all is well.
fn lists() -> [Value; 3] {
    let azure = Scene::of("cart").azure;
    [json!([azure[0]]), json!([azure[1], azure[2]]), json!([azure[3]])]
}

#[test]
fn an_empty_list_is_an_answer_and_not_asked_for_again() {
    let [identities, credentials, roles] = lists();
    let none = json!([]);
    let found = |files: &[&Value]| {
        let files: Vec<_> = files.iter().map(|file| (*file).clone()).collect();
        let findings = with(&files);
        let asks = |finding: &Finding, what: &str| matches!(&finding.outcome, Outcome::NotRun { how, .. } if how.contains(what));
        assert!(
            !findings.iter().any(|finding| finding.check.id == "credential"
                && asks(finding, "federated-credential list")),
            "{findings:#?}"
        );
        (wrong(&findings), findings.iter().any(Finding::is_failure))
    };
    assert_eq!(found(&[&identities, &none]), (vec!["credential", "role"], true));
    assert_eq!(found(&[&identities, &none, &none]), (vec!["credential", "role"], true));
    assert_eq!(found(&[&identities, &none, &roles]), (vec!["credential"], true));
    assert_eq!(found(&[&identities, &credentials, &none]), (vec!["role"], true));
    assert_eq!(found(&[&none]), (vec!["credential", "role"], false));
    assert_eq!(found(&[&none, &credentials, &roles]), (vec![], false));
}

#[test]
fn an_empty_list_is_told_of_in_these_words() {
    let [identities, ..] = lists();
    let mut findings = with(&[identities, json!([])]);
    findings.retain(|finding| matches!(finding.outcome, Outcome::Failed(_) | Outcome::Warned(_)));
    insta::assert_snapshot!(text(&findings, Style { colour: false, quiet: true }), @"
    azure
    -----
    ✗ the identity has a federated credential for the service account
        an empty list was read: if it is that of federated credentials, the identity has none, or it is another identity's list
        expected subject system:serviceaccount:shop:cart
        expected issuer of the cluster, which is not known
        fix: create it: `az identity federated-credential create` with issuer, subject and audience as shown.
        see: docs/doctor.md#credential
    ‼ the identity has a role
        an empty list was read: if it is that of role assignments, the identity has no role, or the list is of another scope
        fix: give it the role that the resource asks for: `az role assignment create --assignee-object-id OBJECT_ID`.
        see: docs/doctor.md#role

    failed 1, warnings 1, passed 0, not checked 0
    ");
}

#[test]
fn a_slash_that_is_forgotten_is_told_of_once() {
    let mut scene = Scene::of("cart");
    scene.issuer = Some("https://westeurope.oic.prod-aks.azure.com/t/i");
    let mut findings = scene.dumped();
    assert_eq!(wrong(&findings), ["cluster-issuer"]);
    findings.retain(|finding| ["cluster-issuer", "credential-issuer"].contains(&finding.check.id));
    insta::assert_snapshot!(text(&findings, Style::default()), @"
    azure
    -----
    ✗ the cluster's issuer is one that Entra can reach
        the issuer has to end with a slash: issuers of AKS do, and Entra compares each letter (AADSTS700211); write https://westeurope.oic.prod-aks.azure.com/t/i/
        fix: write `--issuer https://westeurope.oic.prod-aks.azure.com/t/i/`, with the slash at its end, as the cluster says it.
        see: docs/doctor.md#cluster-issuer
    - its issuer is the cluster's, to the letter
        not checked: cluster-issuer failed; mend that first

    failed 1, warnings 0, passed 0, not checked 1
    ");
}
