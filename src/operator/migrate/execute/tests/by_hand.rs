//! Workloads of a kind that nobody here knows, whose owner moves them by hand: their pods show how far they are.

use serde_json::{Value, json};

use super::{
    apply, cleanup, cluster,
    kit::{POD, put, template},
    rollback, status,
};
use crate::operator::{
    cluster::fake::Fake,
    migrate::execute::{Report, State},
};

/// The pod of a Widget, as its owner has made it.
fn put_pod(fake: &Fake, change: impl FnOnce(&mut Value)) {
    let mut pod = template("bills", Some("bills"));
    pod["metadata"]["ownerReferences"] = json!([{"apiVersion": "fleet.example/v1", "kind": "Widget", "name": "robot", "uid": "1", "controller": true}]);
    pod["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    change(&mut pod);
    put(fake, POD, "shop", "robot-1", pod);
}

fn with_wisp(pod: &mut Value) {
    pod["metadata"]["labels"]["wisp/inject"] = "true".into();
    pod["metadata"]["annotations"] = json!({"wisp/injected": "{}"});
}

fn cut_over(pod: &mut Value) {
    with_wisp(pod);
    if let Some(labels) = pod["metadata"]["labels"].as_object_mut() {
        labels.remove("aadpodidbinding");
    }
}

/// What is said of the Widget.
fn of_widget(report: &Report) -> String {
    let all = report
        .failed
        .iter()
        .chain(&report.by_hand)
        .chain(&report.done);
    let lines: Vec<_> = all.filter(|line| line.contains("robot")).cloned().collect();
    lines.join("\n")
}

#[tokio::test(start_paused = true)]
async fn pods_show_what_their_owner_has_done() {
    let fake = cluster();
    put_pod(&fake, |_| ());
    let mut messages = vec![of_widget(&apply(&fake, State::Parallel).await.0)];
    put_pod(&fake, with_wisp);
    messages.push(of_widget(&apply(&fake, State::Parallel).await.0));
    messages.push(of_widget(&apply(&fake, State::CutOver).await.0));
    put_pod(&fake, cut_over);
    messages.push(of_widget(&apply(&fake, State::CutOver).await.0));
    messages.push(of_widget(&cleanup(&fake).await.0));
    messages.extend(
        status(&fake)
            .await
            .1
            .lines()
            .filter(|line| line.contains("robot"))
            .map(str::to_owned),
    );
    messages.push(of_widget(&rollback(&fake, State::Parallel).await.0));
    put_pod(&fake, with_wisp);
    messages.push(of_widget(&rollback(&fake, State::Parallel).await.0));
    insta::assert_snapshot!(messages.join("\n"), @r"
    Widget.fleet.example robot in shop: nobody here knows where objects of kind Widget.fleet.example are served: change it as the plan says, and run this again, which looks at its pods
    Widget.fleet.example robot in shop: prepared
    Widget.fleet.example robot in shop: parallel
    Widget.fleet.example robot in shop: nobody here knows where objects of kind Widget.fleet.example are served: change it as the plan says, and run this again, which looks at its pods
    Widget.fleet.example robot in shop: cut over
    Widget.fleet.example robot in shop: cleaned
    shop       Widget.fleet.example robot  cleaned  webhook  ServiceAccount bills names 22222222-2222-2222-2222-222222222222; wisp in its newest pod; its pods have service account bills; no label aadpodidbinding      -
    Widget.fleet.example robot in shop: nobody here knows where objects of kind Widget.fleet.example are served: change it as the plan says, and run this again, which looks at its pods
    Widget.fleet.example robot in shop: cut over
    Widget.fleet.example robot in shop: parallel
    ");
}

/// A pod that the webhook was not at has no wisp, whatever its labels say.
#[tokio::test(start_paused = true)]
async fn a_label_alone_is_no_wisp() {
    let fake = cluster();
    put_pod(&fake, |pod| pod["metadata"]["labels"]["wisp/inject"] = "true".into());
    let report = apply(&fake, State::Parallel).await.0;
    assert!(
        of_widget(&report).starts_with("Widget.fleet.example robot in shop: nobody here knows"),
        "{report:?}"
    );
}
