//! What may not be read is named, and never taken for well.

use super::scene::{Scene, wrong};
use crate::{
    doctor::{Finding, Outcome},
    operator::cluster::Verb,
};

fn not_run(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| match &finding.outcome {
        Outcome::NotRun { why, .. } => Some(format!("{}: {why}", finding.check.id)),
        _ => None,
    };
    findings.iter().filter_map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_missing_is_named_by_each_check_that_needs_it() {
    let scene = Scene::of("orders");
    let mut reasons = Vec::new();
    for resource in ["serviceaccounts", "mutatingwebhookconfigurations", "clusterroles", "endpointslices"] {
        let fake = scene.fake();
        fake.forbid_list(resource, true);
        let findings = scene.on(&fake).await;
        assert_eq!(wrong(&findings), [""; 0], "{resource}");
        reasons.extend(not_run(&findings));
    }
    let fake = scene.fake();
    fake.forbid(Verb::Get, "secrets", true);
    fake.forbid(Verb::Get, "pods/log", true);
    let findings = scene.on(&fake).await;
    assert_eq!(wrong(&findings), [""; 0]);
    reasons.extend(not_run(&findings));
    insta::assert_snapshot!(reasons.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_may_not_be_listed_is_not_missing() {
    let scene = Scene::of("cart");
    let fake = scene.fake();
    fake.forbid_list("pods", true);
    fake.forbid_list("events", true);
    let findings = scene.on(&fake).await;
    assert_eq!(wrong(&findings), [""; 0], "{findings:#?}");
    let reasons = not_run(&findings).join("\n");
    assert!(reasons.contains("pod-created: the API server refuses `list`"), "{reasons}");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_is_a_failure() {
    for answers in [0, 1, 4] {
        let scene = Scene::of("cart");
        let fake = scene.fake();
        fake.gone_after(Some(answers));
        let findings = scene.on(&fake).await;
        assert_eq!(wrong(&findings).first(), Some(&"readable"), "{answers}: {:?}", wrong(&findings));
    }
}

/// Nothing is written, and of Secrets none is read but that of wisp's own webhook.
#[tokio::test(start_paused = true)]
async fn a_cluster_is_read_and_nothing_else() {
    let scene = Scene::of("orders");
    let fake = scene.fake();
    scene.on(&fake).await;
    let calls = fake.calls();
    assert!(
        calls.iter().all(|call| ["get ", "list ", "read "]
            .iter()
            .any(|verb| call.starts_with(verb))),
        "{calls:#?}"
    );
    let secrets: Vec<_> = calls
        .iter()
        .filter(|call| call.to_lowercase().contains("secret"))
        .collect();
    assert_eq!(secrets, ["get Secret wisp-system/wisp-webhook-tls"]);
}
