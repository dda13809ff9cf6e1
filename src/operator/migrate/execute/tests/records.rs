//! Records that somebody has changed, as each command meets them.

use super::{
    Command, apply, cleanup, cluster,
    kit::{facts, objects},
    rollback, status,
};
use crate::operator::{
    cluster::{Object, fake::Fake},
    migrate::execute::State,
};

const DECISIONS: &str = "workloads:\n- {namespace: shop, kind: Deployment, name: orders, road: webhook}\n";

/// Has something else behind a key of the record.
fn edit(fake: &Fake, key: &str, text: &str) {
    let object = Object::config_map("shop", "wisp-migration");
    let mut record = fake.get(&object).unwrap();
    record["data"][key] = text.into();
    fake.put(&object, record);
}

#[tokio::test(start_paused = true)]
async fn of_another_format_nothing_is_done() {
    let fake = cluster();
    apply(&fake, State::CutOver).await;
    edit(&fake, "format", "2");
    let before = objects(&fake);
    let mut texts = Vec::new();
    texts.extend(apply(&fake, State::CutOver).await.0.failed);
    texts.extend(rollback(&fake, State::NotStarted).await.0.failed);
    texts.extend(cleanup(&fake).await.0.failed);
    texts.extend(status(&fake).await.0.unread);
    insta::assert_snapshot!(texts.join("\n"), @"
    namespace shop: ConfigMap shop/wisp-migration is a record of format `2`, and this wispctl knows 1: go on with the wispctl that wrote it, or a newer one
    namespace shop: ConfigMap shop/wisp-migration is a record of format `2`, and this wispctl knows 1: go on with the wispctl that wrote it, or a newer one
    namespace shop: ConfigMap shop/wisp-migration is a record of format `2`, and this wispctl knows 1: go on with the wispctl that wrote it, or a newer one
    nothing is deleted while parts of the cluster cannot be read, for nobody knows who needs what there
    namespace shop: ConfigMap shop/wisp-migration is a record of format `2`, and this wispctl knows 1: go on with the wispctl that wrote it, or a newer one
    ");
    assert_eq!(objects(&fake), before);
}

/// Another namespace has nothing to do with it.
#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_is_that_of_its_namespace_alone() {
    let fake = cluster();
    apply(&fake, State::Prepared).await;
    edit(&fake, "workload.Deployment.orders", "{");
    for of in objects(&fake) {
        let path = of.0.replace("/namespaces/shop", "/namespaces/bills");
        let mut object = of.1;
        object["metadata"]["namespace"] = "bills".into();
        if path != of.0 && !path.contains("configmaps") {
            fake.put_at(&path, object);
        }
    }
    let (report, _) = apply(&fake, State::Parallel).await;
    insta::assert_snapshot!(report.failed.join("\n"), @"namespace shop: ConfigMap shop/wisp-migration has `workload.Deployment.orders`, which is no record of a migration: EOF while parsing an object at line 1 column 1. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key");
    assert_eq!(report.done.len(), 6, "{report:?}");
}

/// What was decided of a workload that is moved is about nothing that can be planned any more; its record says so.
#[tokio::test(start_paused = true)]
async fn decisions_about_what_is_moved_are_understood() {
    let fake = cluster();
    let command = Command { decisions: DECISIONS, ..Command::new(&fake) };
    assert!(
        command
            .run(async |run| run.apply(State::CutOver).await)
            .await
            .0
            .is_whole()
    );
    assert!(
        command
            .run(async |run| run.cleanup().await)
            .await
            .0
            .is_whole()
    );
    assert!(facts(&fake, DECISIONS).await.plan.workloads.is_empty());
    // Without the record, nobody knows what they are about; and where it cannot be read, that is said too.
    edit(&fake, "workload.Deployment.orders", "{");
    let unplanned = super::kit::find(&fake, DECISIONS).await.unwrap_err();
    insta::assert_snapshot!(unplanned.errors.join("\n"), @"
    decisions.yaml:4: no workload that was read is Deployment shop/orders; see `wispctl migrate inventory`
    namespace shop: ConfigMap shop/wisp-migration has `workload.Deployment.orders`, which is no record of a migration: EOF while parsing an object at line 1 column 1. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; where that is lost, put back by hand what it is about, and delete this key
    ");
    assert!(!unplanned.is_read);
    // Nor where the cluster cannot be read.
    fake.forbid_list("deployments", true);
    let decisions = DECISIONS.replace("orders", "web");
    let unplanned = super::kit::find(&fake, &decisions).await.unwrap_err();
    assert!(
        unplanned
            .errors
            .join("\n")
            .contains("refuses `list` of all objects of kind Deployment")
    );
    assert!(!unplanned.is_read);
}

/// The commands of a namespace with as many workloads as a large cluster has in all.
#[tokio::test(start_paused = true)]
async fn thousands_of_workloads_are_prepared() {
    use super::kit::{DEPLOYMENT, put, workload};
    let fake = cluster();
    for number in 0..5000 {
        put(&fake, DEPLOYMENT, "shop", &format!("app-{number:04}"), workload("bills", Some("bills")));
    }
    let mut command = Command::new(&fake);
    command.scope.workloads = (0..20).map(|number| format!("app-{number:04}")).collect();
    let (report, _) = command
        .run(async |run| run.apply(State::Prepared).await)
        .await;
    assert!(report.is_whole(), "{:?}", report.failed);
    assert_eq!(report.done.len(), 20);
    assert_eq!(status(&fake).await.0.workloads.len(), 5003);
}
