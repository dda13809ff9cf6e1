//! Many workloads, and waiting for one.

use std::time::Duration;

use serde_json::json;

use super::{
    objects::MADE,
    scene::{Now, Scene, wrong},
};
use crate::{
    doctor::{
        Choice, Outcome,
        report::{Style, text},
    },
    operator::doctor::{Request, until_well},
};

/// `cart` so many times over; every third has no account.
fn many(count: usize) -> Scene {
    let mut scene = Scene::of("cart");
    scene.request = Request::default();
    let template = scene.object("Deployment", "cart").clone();
    let pod = scene.pod("cart").clone();
    for number in 0..count {
        let name = format!("c{number:04}");
        let (mut deployment, mut own) = (template.clone(), pod.clone());
        deployment["metadata"]["name"] = json!(name);
        own["metadata"]["name"] = json!(format!("{name}-7c9-x"));
        own["metadata"]["ownerReferences"][0]["name"] = json!(format!("{name}-7c9"));
        if number % 3 == 0 {
            deployment["spec"]["template"]["spec"]["serviceAccountName"] = json!("gone");
            own["spec"]["serviceAccountName"] = json!("gone");
        }
        scene.objects.extend([deployment, own]);
    }
    scene
}

#[tokio::test(start_paused = true)]
async fn a_cluster_is_told_in_bounded_space() {
    let few = text(&many(3).live().await, Style::default());
    let scene = many(120);
    let findings = scene.live().await;
    let report = text(&findings, Style::default());
    assert!(report.len() < 6 * few.len(), "{} of {}", report.len(), few.len());
    let accounts: Vec<_> = findings
        .iter()
        .filter(|finding| finding.check.id == "account")
        .collect();
    assert_eq!(accounts.len(), 11, "ten failures, and what holds: {accounts:#?}");
    let Outcome::Failed(last) = &accounts[9].outcome else { panic!("{accounts:#?}") };
    insta::assert_snapshot!(last.evidence.join("\n"), @"the same check, not told here: 30 more, Deployment shop/c0030, Deployment shop/c0033, Deployment shop/c0036 and 27 more");
    let Outcome::Passed(found) = &accounts[10].outcome else { panic!("{accounts:#?}") };
    insta::assert_snapshot!(found, @"82 workloads (Deployment shop/c0001, Deployment shop/c0002, Deployment shop/c0004 and 79 more)");
}

#[tokio::test(start_paused = true)]
async fn what_has_nothing_to_do_with_identities_is_left_out() {
    let mut scene = Scene::of("cart");
    scene.request = Request { namespace: Some("shop".to_owned()), ..Request::default() };
    let plain = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "plain", "namespace": "shop", "creationTimestamp": MADE},
        "spec": {"serviceAccountName": "other", "containers": [{"name": "app"}]}, "status": {"phase": "Running"}});
    scene.objects.push(plain);
    let findings = scene.live().await;
    let report = text(&findings, Style::default());
    assert!(!report.contains("plain"), "{report}");
    scene.request.workload = Some(("Pod".to_owned(), "plain".to_owned()));
    assert_eq!(wrong(&scene.live().await).first(), Some(&"pod-label"), "who names one wants to know");
}

#[tokio::test(start_paused = true)]
async fn a_pod_stands_for_its_workload() {
    let mut scene = Scene::of("cart");
    scene.request.workload = Some(("Pod".to_owned(), "cart-7c9-x".to_owned()));
    assert_eq!(wrong(&scene.live().await), [""; 0]);
    // Where neither ReplicaSet nor Deployment were read, the pod tells.
    scene
        .objects
        .retain(|object| object["kind"] != "ReplicaSet" && object["metadata"]["name"] != "cart");
    scene.request.workload = Some(("Deployment".to_owned(), "cart".to_owned()));
    let findings = scene.dumped();
    assert!(wrong(&findings).is_empty() || wrong(&findings) == ["account"], "{:?}", wrong(&findings));
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_the_fault_or_with_the_time() {
    let mut scene = Scene::of("cart");
    let whole = scene.fake();
    scene.remove("ServiceAccount", "cart");
    let fake = scene.fake();
    let (mut facts, choice) = (scene.facts(), Choice::default());
    let start = tokio::time::Instant::now();
    let wait = Duration::from_secs(60);
    let findings = until_well(&fake, &mut facts, (&scene.request, &choice), wait, &Now).await;
    assert_eq!(wrong(&findings).first(), Some(&"account"));
    let took = start.elapsed();
    assert!((wait..wait + Duration::from_secs(5)).contains(&took), "{took:?}");

    let (mended, start) = (fake.clone(), tokio::time::Instant::now());
    let mend = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        mended.become_like(&whole);
    };
    let looking = until_well(&fake, &mut facts, (&scene.request, &choice), wait, &Now);
    let ((), findings) = tokio::join!(mend, looking);
    assert_eq!(wrong(&findings), [""; 0]);
    let took = start.elapsed();
    assert!((Duration::from_secs(20)..Duration::from_secs(25)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn checks_are_chosen_by_id_and_by_category() {
    let mut scene = Scene::of("cart");
    scene.remove("ServiceAccount", "cart");
    let ids = async |only: &[&str], ignore: &[&str]| {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let choice = Choice { only: of(only), ignore: of(ignore) };
        let (fake, mut facts) = (scene.fake(), scene.facts());
        let findings = until_well(&fake, &mut facts, (&scene.request, &choice), Duration::ZERO, &Now).await;
        findings
            .iter()
            .map(|finding| finding.check.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&["account", "client-id"], &[]).await, ["account", "client-id"]);
    let rest = ids(&[], &["manifest", "azure"]).await;
    assert!(
        rest.contains(&"azwi-webhook") && !rest.contains(&"account") && !rest.contains(&"role"),
        "{rest:?}"
    );
}
