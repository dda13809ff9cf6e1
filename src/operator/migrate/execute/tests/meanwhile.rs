//! What others do between two calls: objects that go or change, servers that are busy, rights that are missing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Command, apply, cleanup, cluster,
    kit::{CRON_JOB, DEPLOYMENT, JOB, STATEFUL_SET, get, objects, put, template},
    rollback, status,
};
use crate::operator::{
    cluster::{Collection, Object, Verb, fake::Fake},
    migrate::execute::State,
};

fn delete(fake: &Fake, of: (&'static str, &'static str, &'static str), name: &str) {
    fake.delete(&Collection::at(of.0, of.1, of.2, Some("shop")).object(name));
}

#[tokio::test(start_paused = true)]
async fn a_workload_that_goes_right_before_its_change_hinders_no_other() {
    let fake = cluster();
    apply(&fake, State::Prepared).await;
    fake.overtake(|_| None);
    let (report, _) = apply(&fake, State::CutOver).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @"CronJob nightly in shop: it is not there any more");
    assert!(report.failed.is_empty(), "{report:?}");
    assert_eq!(report.done.len(), 4, "{report:?}");
}

/// What is not there has nothing to be put back, and must not keep the record for ever.
#[tokio::test(start_paused = true)]
async fn the_way_back_ends_without_what_is_gone() {
    for to in [State::Parallel, State::CutOver, State::Cleaned] {
        let fake = cluster();
        let mut before = objects(&fake);
        apply(&fake, to.min(State::CutOver)).await;
        if to == State::Cleaned {
            assert!(cleanup(&fake).await.0.is_whole());
        }
        delete(&fake, STATEFUL_SET, "bills");
        let (report, messages) = rollback(&fake, State::NotStarted).await;
        assert!(report.is_whole(), "{report:?}");
        if to == State::Parallel {
            insta::assert_snapshot!(messages.progress[1..4].join("\n"), @"
            CronJob nightly: parallel -> not started
              - wisp out of its pods (road inject), service account bills
              - ServiceAccount bills: as it was before, once nobody here needs it
            Deployment orders: parallel -> not started
              - wisp out of its pods (road inject), service account default
              - ServiceAccount orders: as it was before, once nobody here needs it
            StatefulSet bills: parallel -> not started
              - nothing to put back, for it is not there any more
              - ServiceAccount bills: as it was before, once nobody here needs it
            ");
        }
        before.remove("/apis/apps/v1/namespaces/shop/statefulsets/bills");
        assert_eq!(objects(&fake), before);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_scaled_meanwhile_stays_so() {
    let fake = cluster();
    delete(&fake, CRON_JOB, "nightly");
    delete(&fake, STATEFUL_SET, "bills");
    apply(&fake, State::Prepared).await;
    for to in [State::Parallel, State::CutOver] {
        fake.overtake(|mut object| {
            let replicas = object["spec"]["replicas"].as_u64().unwrap();
            object["spec"]["replicas"] = (replicas + 1).into();
            Some(object)
        });
        assert!(apply(&fake, to).await.0.is_whole());
    }
    assert!(rollback(&fake, State::NotStarted).await.0.is_whole());
    assert_eq!(get(&fake, DEPLOYMENT, "shop", "orders")["spec"]["replicas"], 3);
}

fn with_job() -> Fake {
    let fake = cluster();
    let job = json!({"kind": "Job", "apiVersion": "batch/v1", "spec": {"parallelism": 1, "template": template("bills", Some("bills"))}});
    put(&fake, JOB, "shop", "import", job);
    fake
}

fn recreating(fake: &Fake) -> Command<'_> {
    let mut command = Command::new(fake);
    command.settings.recreate = true;
    command
}

#[tokio::test(start_paused = true)]
async fn what_is_edited_before_it_is_made_anew_stays_so() {
    let fake = with_job();
    apply(&fake, State::Prepared).await;
    // Patches come first.
    for name in [(CRON_JOB, "nightly"), (STATEFUL_SET, "bills"), (DEPLOYMENT, "orders")] {
        delete(&fake, name.0, name.1);
    }
    fake.overtake(|mut object| {
        object["spec"]["parallelism"] = 4.into();
        Some(object)
    });
    let command = recreating(&fake);
    let (report, _) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    assert!(report.failed.is_empty(), "{report:?}");
    let job = get(&fake, JOB, "shop", "import");
    assert_eq!(job["spec"]["parallelism"], 4);
    assert!(job.pointer("/spec/template/metadata/annotations").is_some(), "{job}");
}

/// A new one that nobody takes must not cost the old one.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_made_anew_is_not_deleted() {
    let fake = with_job();
    apply(&fake, State::Prepared).await;
    let before = get(&fake, JOB, "shop", "import");
    fake.refuse("jobs", 422, "admission webhook \"policy.example\" denied the request: no sidecars");
    let command = recreating(&fake);
    let (report, _) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    insta::assert_snapshot!(report.failed.join("\n"), @r#"Job import in shop: the API server does not take `create` of Job shop/import: admission webhook \"policy.example\" denied the request: no sidecars; ask who runs that webhook, or change what it minds"#);
    assert_eq!(get(&fake, JOB, "shop", "import"), before);
}

/// Somebody who makes the old one again is not taken for us.
#[tokio::test(start_paused = true)]
async fn what_others_make_again_is_not_taken_for_ours() {
    let fake = with_job();
    fake.control(|path, object| {
        super::kit::controllers(path, object);
        // GitOps, which is quicker each time.
        if path.ends_with("/jobs/import") {
            object["spec"]["template"] = template("bills", Some("bills"));
        }
    });
    let mut command = recreating(&fake);
    command.scope.workloads = vec!["import".to_owned()];
    let (report, _) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    insta::assert_snapshot!(report.failed.join("\n"), @"Job import in shop: somebody else writes it again and again (what is made anew is not what it should be): stop that, and run this again");
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_given_the_time_that_it_asks_for() {
    let fake = cluster();
    fake.fail_calls(2, 429, 20);
    let start = Instant::now();
    let (report, _) = apply(&fake, State::Parallel).await;
    assert!(report.is_whole(), "{report:?}");
    assert!(start.elapsed() > Duration::from_secs(40), "{:?}", start.elapsed());
    // No server makes anybody wait for hours.
    let fake = cluster();
    fake.fail_calls(usize::MAX, 429, 100_000);
    let start = Instant::now();
    let (report, _) = apply(&fake, State::Parallel).await;
    assert!(start.elapsed() < Duration::from_secs(180), "{:?}", start.elapsed());
    insta::assert_snapshot!(report.failed.join("\n"), @"namespace shop: the API server answered `get` of ConfigMap shop/wisp-migration with status 429: not now; it has too much to do: try again later");
}

#[tokio::test(start_paused = true)]
async fn what_may_be_read_is_moved_and_the_rest_is_named() {
    let fake = cluster();
    for resource in ["statefulsets", "cronjobs", "jobs", "replicasets"] {
        fake.forbid_list(resource, true);
    }
    let (report, _) = apply(&fake, State::Parallel).await;
    insta::assert_snapshot!(report.failed.join("\n"), @"
    not read: cluster: the API server refuses `list` of all objects of kind StatefulSet; give its service account a ClusterRole that allows `list` on `statefulsets`
    not read: cluster: the API server refuses `list` of all objects of kind ReplicaSet; give its service account a ClusterRole that allows `list` on `replicasets`
    not read: cluster: the API server refuses `list` of all objects of kind StatefulSet; give its service account a ClusterRole that allows `list` on `statefulsets`
    not read: cluster: the API server refuses `list` of all objects of kind CronJob; give its service account a ClusterRole that allows `list` on `cronjobs`
    not read: cluster: the API server refuses `list` of all objects of kind Job; give its service account a ClusterRole that allows `list` on `jobs`
    ");
    insta::assert_snapshot!(report.done.join("\n"), @"
    Deployment orders in shop: prepared
    Deployment orders in shop: parallel
    ");
    let (found, _) = status(&fake).await;
    // One of them is served for others too.
    assert_eq!(found.unread.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_may_not_be_written_keeps_all_as_it_is() {
    for (verb, resource) in [(Verb::Create, "configmaps"), (Verb::Get, "configmaps")] {
        let fake = cluster();
        let before = objects(&fake);
        fake.forbid(verb, resource, true);
        let (report, messages) = apply(&fake, State::CutOver).await;
        let texts = report.failed.join("\n");
        assert!(texts.starts_with("namespace shop: the API server refuses"), "{texts}");
        assert!(texts.contains(&format!("allows `{}` on `configmaps`", verb.name())), "{texts}");
        assert!(messages.audit.is_empty());
        assert_eq!(objects(&fake), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_ends_keeps_no_record() {
    let fake = cluster();
    let before = objects(&fake);
    fake.refuse(
        "configmaps",
        403,
        "configmaps \"wisp-migration\" is forbidden: unable to create new content in namespace shop because it is being terminated",
    );
    let (report, _) = apply(&fake, State::CutOver).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r#"namespace shop: the API server does not take `create` of ConfigMap shop/wisp-migration: configmaps \"wisp-migration\" is forbidden: unable to create new content in namespace shop because it is being terminated; its namespace is being deleted: leave that out"#);
    assert_eq!(objects(&fake), before);
}

/// A webhook that is away is not a refusal: it may be there the next time.
#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_away_is_named() {
    let fake = cluster();
    let before: Value = get(&fake, DEPLOYMENT, "shop", "orders");
    fake.refuse(
        "deployments",
        500,
        "Internal error occurred: failed calling webhook \"policy.example\": failed to call webhook: context deadline exceeded",
    );
    let (report, _) = apply(&fake, State::Parallel).await;
    insta::assert_snapshot!(report.failed.join("\n"), @r#"Deployment orders in shop: the API server answered `patch` of Deployment shop/orders with status 500: Internal error occurred: failed calling webhook \"policy.example\": failed to call webhook: context deadline exceeded; see that this webhook runs and is reached, and try again"#);
    assert_eq!(get(&fake, DEPLOYMENT, "shop", "orders"), before);
    fake.admit("deployments");
    assert!(apply(&fake, State::Parallel).await.0.is_whole());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_gone_half_way_is_said_to_be() {
    let fake = cluster();
    let command = Command::new(&fake);
    super::kit::facts(&fake, "").await;
    let read = fake.calls().len();
    fake.gone_after(Some(read + 30));
    let (report, _) = command
        .run(async |run| run.apply(State::CutOver).await)
        .await;
    insta::assert_snapshot!(report.failed.join("\n"), @"
    namespace shop: cannot reach the API server at https://fake: connection refused
    run this again: it goes on where it was interrupted
    ");
    fake.gone_after(None);
    assert!(apply(&fake, State::CutOver).await.0.is_whole());
    assert!(
        fake.get(&Object::config_map("shop", "wisp-migration"))
            .is_some()
    );
}
