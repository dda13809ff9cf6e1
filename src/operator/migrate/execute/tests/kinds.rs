//! What Kubernetes does not let change, what others write, and each road.

use serde_json::{Value, json};

use super::{
    Command, apply, cleanup, cluster,
    kit::{DEPLOYMENT, JOB, ORDERS, POD, REPLICA_SET, ROLE_BINDING, get, objects, put, template, workload},
    rollback,
};
use crate::operator::{
    cluster::{Object, fake::Fake},
    migrate::execute::{Report, RoleBindings, State},
};

fn lines(report: &Report) -> String {
    let of = |what: &str, texts: &[String]| {
        let lines: Vec<_> = texts
            .iter()
            .map(|text| format!("{what}: {text}\n"))
            .collect();
        lines.concat()
    };
    of("failed", &report.failed) + &of("by hand", &report.by_hand) + &of("done", &report.done)
}

/// A Job, a bare pod and a ReplicaSet with its pod.
fn unchangeable() -> Fake {
    let fake = cluster();
    let job = json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"labels": {"controller-uid": "1"}}, "spec": {"selector": {"matchLabels": {"controller-uid": "1"}}, "template": template("bills", Some("bills"))}});
    put(&fake, JOB, "shop", "import", job);
    let mut pod = template("bills", Some("bills"));
    pod["spec"]["nodeName"] = "node".into();
    put(&fake, POD, "shop", "tool", pod);
    let mut set = workload("bills", Some("bills"));
    // Nobody here makes new pods.
    set["spec"]["replicas"] = 0.into();
    put(&fake, REPLICA_SET, "shop", "old", set);
    let mut pod = template("bills", Some("bills"));
    pod["metadata"]["labels"]["app"] = "old".into();
    pod["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "old", "uid": "uid-ReplicaSet-old", "controller": true}]);
    put(&fake, POD, "shop", "old-1", pod);
    // Of a Deployment that is called the same.
    put(&fake, POD, "shop", "old-5d8f-1", pod_of("old"));
    fake
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_changed_is_named() {
    let (report, _) = apply(&unchangeable(), State::CutOver).await;
    insta::assert_snapshot!(lines(&report), @r"
    by hand: Job import in shop: a Job cannot be changed: make it anew from its manifest with what is planned, or give `--recreate`
    by hand: Pod tool in shop: a Pod cannot be changed: make it anew from its manifest with what is planned, or give `--recreate`
    by hand: ReplicaSet old in shop: its kind never replaces pods: delete its pods, so that new ones are made (1 of them, such as old-1), or give `--recreate`
    done: CronJob nightly in shop: prepared
    done: Job import in shop: prepared
    done: Pod tool in shop: prepared
    done: ReplicaSet old in shop: prepared
    done: StatefulSet bills in shop: prepared
    done: Deployment orders in shop: prepared
    done: CronJob nightly in shop: parallel
    done: StatefulSet bills in shop: parallel
    done: Deployment orders in shop: parallel
    done: CronJob nightly in shop: cut over
    done: StatefulSet bills in shop: cut over
    done: Deployment orders in shop: cut over
    ");
}

#[tokio::test(start_paused = true)]
async fn pods_and_jobs_are_made_anew_where_that_is_asked_for() {
    let fake = unchangeable();
    let before = objects(&fake);
    let mut command = Command::new(&fake);
    command.settings.recreate = true;
    let (report, messages) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    insta::assert_snapshot!(lines(&report) + &messages.audit.join("\n"), @r#"
    done: CronJob nightly in shop: prepared
    done: Job import in shop: prepared
    done: Pod tool in shop: prepared
    done: ReplicaSet old in shop: prepared
    done: StatefulSet bills in shop: prepared
    done: Deployment orders in shop: prepared
    done: CronJob nightly in shop: parallel
    done: Job import in shop: parallel
    done: Pod tool in shop: parallel
    done: ReplicaSet old in shop: parallel
    done: StatefulSet bills in shop: parallel
    done: Deployment orders in shop: parallel
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"ServiceAccount bills","change":"told the client id by annotation","from":"not-started","to":"prepared","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"ServiceAccount orders","change":"made, with the client id","from":"not-started","to":"prepared","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"CronJob nightly","change":"wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Job import","change":"deleted, to be made anew","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Job import","change":"made anew: wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Pod tool","change":"deleted, to be made anew","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Pod tool","change":"made anew: wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"ReplicaSet old","change":"wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"StatefulSet bills","change":"wisp for its pods (road inject, mode redirect), service account bills","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Deployment orders","change":"wisp for its pods (road inject, mode redirect), service account orders","from":"prepared","to":"parallel","result":"done"}
    {"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"Pod old-1","change":"deleted, for ReplicaSet old makes a new one","from":"prepared","to":"parallel","result":"done"}
    "#);
    get(&fake, POD, "shop", "old-5d8f-1");
    let job = get(&fake, JOB, "shop", "import");
    assert_eq!(job.pointer("/spec/template/spec/serviceAccountName"), Some(&json!("bills")));
    assert_eq!(job.pointer("/spec/selector"), None, "its controller writes it");
    assert_eq!(get(&fake, POD, "shop", "tool").pointer("/spec/nodeName"), None, "the scheduler chooses");
    let (report, _) = command
        .run(async |run| run.rollback(State::NotStarted).await)
        .await;
    assert!(report.failed.is_empty(), "{report:?}");
    let after = objects(&fake);
    assert_eq!(
        after.get("/apis/apps/v1/namespaces/shop/replicasets/old"),
        before.get("/apis/apps/v1/namespaces/shop/replicasets/old")
    );
}

#[tokio::test(start_paused = true)]
async fn what_others_write_is_changed_where_that_is_asked_for() {
    let fake = cluster();
    let mut deployment = workload("bills", Some("bills"));
    deployment["metadata"] = json!({"annotations": {"meta.helm.sh/release-name": "shop"}});
    put(&fake, DEPLOYMENT, "shop", "web", deployment);
    let mut command = Command::new(&fake);
    let (report, _) = command
        .run(async |run| run.apply(State::CutOver).await)
        .await;
    insta::assert_snapshot!(lines(&report), @r"
    by hand: Deployment web in shop: Helm writes it (shop): change the values of its chart, or give `--force-managed`
    done: CronJob nightly in shop: prepared
    done: Deployment web in shop: prepared
    done: StatefulSet bills in shop: prepared
    done: Deployment orders in shop: prepared
    done: CronJob nightly in shop: parallel
    done: StatefulSet bills in shop: parallel
    done: Deployment orders in shop: parallel
    done: CronJob nightly in shop: cut over
    done: StatefulSet bills in shop: cut over
    done: Deployment orders in shop: cut over
    ");
    command.settings.force_managed = true;
    let (report, _) = command
        .run(async |run| run.apply(State::CutOver).await)
        .await;
    assert!(report.is_whole(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn rights_of_an_account_are_named_or_copied() {
    let fake = cluster();
    let before = objects(&fake);
    let binding = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "shop"}],
    });
    put(&fake, ROLE_BINDING, "shop", "reads", binding);
    let mut command = Command::new(&fake);
    let (report, _) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    insta::assert_snapshot!(lines(&report), @r"
    by hand: Deployment orders in shop: ServiceAccount shop/orders lacks what default may do: `kubectl create rolebinding reads-orders --namespace=shop --role=reader --serviceaccount=shop:orders`; or give `--copy-role-bindings`, or `--without-role-bindings` where its pods do not ask the API server
    done: CronJob nightly in shop: prepared
    done: StatefulSet bills in shop: prepared
    done: CronJob nightly in shop: parallel
    done: StatefulSet bills in shop: parallel
    ");
    command.settings.role_bindings = RoleBindings::Copied;
    let (report, messages) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    assert!(report.is_whole(), "{report:?}");
    insta::assert_snapshot!(messages.audit.first().unwrap(), @r#"{"time":"2026-01-01T00:00:00Z","namespace":"shop","object":"RoleBinding reads-orders","change":"made as reads, for ServiceAccount orders","result":"done"}"#);
    let (report, _) = rollback(&fake, State::NotStarted).await;
    assert!(report.is_whole(), "{report:?}");
    assert_eq!(objects(&fake).len(), before.len() + 1);
}

/// A pod of a Deployment.
fn pod_of(name: &str) -> Value {
    let owners = json!([{"kind": "ReplicaSet", "name": format!("{name}-5d8f"), "controller": true}]);
    json!({"metadata": {"labels": {"app": name}, "ownerReferences": owners}, "spec": {}})
}

/// The roads by label, whose pods come from others.
#[tokio::test(start_paused = true)]
async fn each_road_there_and_back() {
    for road in ["inject", "webhook", "policy", "adopt", "native"] {
        let fake = cluster();
        for name in ["orders", "bills"] {
            let mut pod = pod_of(name);
            pod["metadata"]["annotations"] = json!({"wisp/injected": "{}"});
            put(&fake, POD, "shop", &format!("{name}-1"), pod);
        }
        let before = objects(&fake);
        let decisions = format!("namespaces:\n- {{name: shop, road: {road}}}\n");
        let command = Command { decisions: &decisions, ..Command::new(&fake) };
        let (report, _) = command
            .run(async |run| run.apply(State::CutOver).await)
            .await;
        assert!(report.is_whole(), "{road}: {report:?}");
        let labels = |name| {
            get(&fake, DEPLOYMENT, "shop", name)
                .pointer("/spec/template/metadata/labels")
                .cloned()
        };
        assert_eq!(labels("orders").unwrap().get("aadpodidbinding").is_some(), road == "adopt");
        let annotations = get(&fake, DEPLOYMENT, "shop", "orders")
            .pointer("/spec/template/metadata/annotations")
            .cloned();
        if road == "policy" {
            // All that a policy sees of its identity.
            let expected = json!({"wisp/client-id": ORDERS, "wisp/tenant-id": "contoso.com"});
            assert_eq!(annotations, Some(expected));
        }
        let (report, _) = command.run(async |run| run.cleanup().await).await;
        assert!(report.is_whole(), "{road}: {report:?}");
        assert_eq!(labels("orders").unwrap().get("aadpodidbinding"), None, "{road}");
        let (report, _) = command
            .run(async |run| run.rollback(State::NotStarted).await)
            .await;
        assert!(report.is_whole(), "{road}: {report:?}");
        assert_eq!(objects(&fake), before, "{road}");
    }
}

#[tokio::test(start_paused = true)]
async fn pods_that_come_without_wisp_are_seen() {
    let fake = cluster();
    put(&fake, POD, "shop", "orders-1", pod_of("orders"));
    let decisions = "namespaces:\n- {name: shop, road: webhook}\n";
    let command = Command { decisions, ..Command::new(&fake) };
    let (report, _) = command
        .run(async |run| run.apply(State::Parallel).await)
        .await;
    insta::assert_snapshot!(report.failed.join("\n"), @r"Deployment orders in shop: pod orders-1 came without wisp: see that what puts it in (road webhook) is installed and serves namespace shop, and run this again");
}

/// What somebody changes in the meantime is not lost on the way back.
#[tokio::test(start_paused = true)]
async fn changes_of_others_stay() {
    let fake = cluster();
    apply(&fake, State::Parallel).await;
    let mut deployment = get(&fake, DEPLOYMENT, "shop", "orders");
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2".into();
    put(&fake, DEPLOYMENT, "shop", "orders", deployment);
    assert!(rollback(&fake, State::NotStarted).await.0.is_whole());
    let mut expected = template("orders", None);
    expected["spec"]["containers"][0]["image"] = "app:2".into();
    let found: Value = get(&fake, DEPLOYMENT, "shop", "orders")["spec"]["template"].clone();
    assert_eq!(found, expected);
    assert_eq!(fake.get(&Object::service_account("shop", "orders")), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_needed_stays() {
    let fake = cluster();
    let mut command = Command::new(&fake);
    command.scope.workloads = vec!["Deployment/orders".to_owned(), "nightly".to_owned()];
    command
        .run(async |run| run.apply(State::CutOver).await)
        .await;
    let (report, _) = cleanup(&fake).await;
    insta::assert_snapshot!(lines(&report), @r"
    by hand: AzureIdentityBinding shop/bills stays, for it is needed by StatefulSet bills of shop (not started), StatefulSet shop/bills
    done: AzureIdentityBinding shop/orders deleted
    done: AzureIdentity shop/orders deleted
    done: Deployment orders in shop: cleaned
    ");
}
