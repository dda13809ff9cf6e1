//! What goes wrong on the way, and how it is said.

use serde_json::json;

use super::{
    Command, apply, cleanup, cluster,
    kit::{CRON_JOB, DEPLOYMENT, get, objects, put},
    rollback, status,
};
use crate::operator::{
    cluster::{Object, Verb},
    migrate::execute::{Consent, State},
};

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_named_with_the_right() {
    let fake = cluster();
    fake.forbid(Verb::Patch, "statefulsets", true);
    let (report, messages) = apply(&fake, State::Parallel).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r"StatefulSet bills in shop: the API server refuses `patch` of StatefulSet shop/bills; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `patch` on `statefulsets` with resource name `bills`");
    assert!(
        messages
            .audit
            .iter()
            .any(|line| line.contains("refuses `patch`")),
        "{:?}",
        messages.audit
    );
    fake.forbid(Verb::Patch, "statefulsets", false);
    assert!(apply(&fake, State::Parallel).await.0.is_whole());
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_cannot_be_read_is_not_cleaned() {
    let fake = cluster();
    apply(&fake, State::CutOver).await;
    fake.forbid_list("deployments", true);
    let before = objects(&fake);
    let (report, _) = cleanup(&fake).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r"
    not read: cluster: the API server refuses `list` of all objects of kind Deployment; give its service account a ClusterRole that allows `list` on `deployments`
    nothing is deleted while parts of the cluster cannot be read, for nobody knows who needs what there
    ");
    assert_eq!(objects(&fake), before);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_refuses_is_repeated() {
    let fake = cluster();
    fake.refuse("deployments", 403, "admission webhook \"policy.example\" denied the request: no sidecars");
    let (report, _) = apply(&fake, State::Parallel).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r#"Deployment orders in shop: the API server does not take `patch` of Deployment shop/orders: admission webhook \"policy.example\" denied the request: no sidecars; ask who runs that webhook, or change what it minds"#);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_ends_is_named() {
    let fake = cluster();
    fake.refuse(
        "serviceaccounts",
        403,
        "unable to create new content in namespace shop because it is being terminated",
    );
    let (report, _) = apply(&fake, State::Prepared).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r"
    CronJob nightly in shop: the API server does not take `patch` of ServiceAccount shop/bills: unable to create new content in namespace shop because it is being terminated; its namespace is being deleted: leave that out
    StatefulSet bills in shop: the API server does not take `patch` of ServiceAccount shop/bills: unable to create new content in namespace shop because it is being terminated; its namespace is being deleted: leave that out
    Deployment orders in shop: the API server does not take `create` of ServiceAccount shop/orders: unable to create new content in namespace shop because it is being terminated; its namespace is being deleted: leave that out
    ");
}

#[tokio::test(start_paused = true)]
async fn a_roll_out_that_never_ends_stops_the_namespace() {
    let fake = cluster();
    fake.control(|path, object| {
        if path.contains("/deployments/") {
            object["status"] = json!({"replicas": 1, "updatedReplicas": 1});
        }
    });
    let (report, _) = apply(&fake, State::CutOver).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r"Deployment orders in shop: its pods have not followed in 60 s: 0 of 1 pods are available; see `kubectl describe`, then run this again or `wispctl migrate rollback`");
    let text = status(&fake).await.1;
    insta::assert_snapshot!(text, @r"
    3 workloads: 0 not started, 1 prepared, 2 parallel, 0 cut over, 0 cleaned, 0 not moved.

    Workloads
    NAMESPACE  WORKLOAD           STATE     ROAD    SEEN                                                                                                                                                            NEXT
    shop       CronJob nightly    parallel  inject  ServiceAccount bills names 22222222-2222-2222-2222-222222222222; wisp in its pod template; its pods have service account bills; label aadpodidbinding bills     verify --stage parallel, then apply --to cut-over
    shop       Deployment orders  prepared  inject  ServiceAccount orders names 11111111-1111-1111-1111-111111111111; wisp in its pod template; its pods have service account orders; label aadpodidbinding orders  go on: it was interrupted on its way to parallel
    shop       StatefulSet bills  parallel  inject  ServiceAccount bills names 22222222-2222-2222-2222-222222222222; wisp in its pod template; its pods have service account bills; label aadpodidbinding bills     verify --stage parallel, then apply --to cut-over

    What stands in the way
    - Deployment orders in shop: 0 of 1 pods are available
    ");
    // The way back is there.
    fake.control(super::kit::controllers);
    assert!(rollback(&fake, State::NotStarted).await.0.is_whole());
}

#[tokio::test(start_paused = true)]
async fn somebody_who_is_quicker_is_not_overwritten() {
    let fake = cluster();
    fake.conflict(3);
    apply(&fake, State::Prepared).await;
    fake.overtake(|mut object| {
        object["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2".into();
        Some(object)
    });
    let (report, _) = apply(&fake, State::Parallel).await;
    assert!(report.is_whole(), "{report:?}");
    let image = get(&fake, CRON_JOB, "shop", "nightly");
    let image = image.pointer("/spec/jobTemplate/spec/template/spec/containers/0/image");
    assert_eq!(image, Some(&json!("app:2")));
}

#[tokio::test(start_paused = true)]
async fn a_workload_that_is_gone_is_named() {
    let fake = cluster();
    apply(&fake, State::Parallel).await;
    let collection =
        crate::operator::cluster::Collection::at(DEPLOYMENT.0, DEPLOYMENT.1, DEPLOYMENT.2, Some("shop"));
    fake.delete(&collection.object("orders"));
    let (report, _) = apply(&fake, State::CutOver).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @r"Deployment orders in shop: it is not there any more");
    assert!(report.failed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_others_undo_is_seen_and_done_again() {
    let fake = cluster();
    let before = get(&fake, DEPLOYMENT, "shop", "orders");
    apply(&fake, State::CutOver).await;
    put(&fake, DEPLOYMENT, "shop", "orders", before);
    let (found, text) = status(&fake).await;
    assert!(found.has_drift());
    let drift = text.split_once("Changed by others").unwrap().1;
    insta::assert_snapshot!(drift, @r"- Deployment orders in shop: cut over is recorded, and the cluster shows prepared");
    assert!(apply(&fake, State::CutOver).await.0.is_whole());
    assert!(!status(&fake).await.0.has_drift());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_without_consent() {
    let fake = cluster();
    let before = objects(&fake);
    for consent in [Consent::DryRun, Consent::Ask] {
        let command = Command { consent, ..Command::new(&fake) };
        let (report, messages) = command
            .run(async |run| run.apply(State::CutOver).await)
            .await;
        assert_eq!(objects(&fake), before);
        assert!(messages.audit.is_empty());
        if consent == Consent::Ask {
            insta::assert_snapshot!(report.failed.join("\n"), @r"Namespace shop: not changed, for you did not agree");
            insta::assert_snapshot!(messages.progress.join("\n"), @r"
            Namespace shop:
              CronJob nightly: not started -> cut over
                - see that ServiceAccount bills names client id 22222222-2222-2222-2222-222222222222
                - wisp for its pods (road inject, mode redirect), service account bills
                - label aadpodidbinding (bills) taken off its pods
              StatefulSet bills: not started -> cut over
                - see that ServiceAccount bills names client id 22222222-2222-2222-2222-222222222222
                - wisp for its pods (road inject, mode redirect), service account bills
                - label aadpodidbinding (bills) taken off its pods
              Deployment orders: not started -> cut over
                - make ServiceAccount orders with client id 11111111-1111-1111-1111-111111111111, and imagePullSecrets of default
                - wisp for its pods (road inject, mode redirect), service account orders
                - label aadpodidbinding (orders) taken off its pods
            Make these changes?
            ");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_of_another_identity_is_left_alone() {
    let fake = cluster();
    fake.put(
        &Object::service_account("shop", "bills"),
        json!({"metadata": {"name": "bills", "annotations": {"azure.workload.identity/client-id": "33333333-3333-3333-3333-333333333333"}}}),
    );
    let (report, _) = apply(&fake, State::Prepared).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @r"
    CronJob nightly in shop: ServiceAccount shop/bills names client id 33333333-3333-3333-3333-333333333333, and 22222222-2222-2222-2222-222222222222 is planned: see who uses it, and decide (`serviceAccount`, `clientId`)
    StatefulSet bills in shop: ServiceAccount shop/bills names client id 33333333-3333-3333-3333-333333333333, and 22222222-2222-2222-2222-222222222222 is planned: see who uses it, and decide (`serviceAccount`, `clientId`)
    ");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_named() {
    let fake = cluster();
    let mut command = Command::new(&fake);
    command.scope.namespaces = vec!["shops".to_owned()];
    command.scope.workloads = vec!["Deployment/order".to_owned()];
    let (report, _) = command
        .run(async |run| run.apply(State::Prepared).await)
        .await;
    insta::assert_snapshot!(report.failed.join("\n"), @r"
    namespace shops: there is no workload to move, and nothing is recorded of it
    workload Deployment/order: there is none in the namespaces that are meant that is planned or recorded; `wispctl migrate status` lists them
    ");
}
