//! What only a cluster with much of everything showed.

use serde_json::{Value, json};

use super::{
    Command, apply, cleanup, cluster,
    kit::{
        BILLS, BINDING, DEPLOYMENT, EXCEPTION, REPLICA_SET, get, identity, objects, put, template, workload,
    },
    rollback,
};
use crate::operator::{
    cluster::fake::Fake,
    migrate::execute::{Report, State},
};

const IDENTITIES: &str = "/spec/template/metadata/annotations/wisp~1set.WISP_IDENTITIES";

async fn whole(fake: &Fake, decisions: &str, to: State) -> Report {
    let mut command = Command::new(fake);
    command.decisions = decisions;
    let (report, _) = command.run(async |run| run.apply(to).await).await;
    assert!(report.is_whole(), "{report:?}");
    report
}

#[tokio::test(start_paused = true)]
async fn exceptions_are_made_again_and_named_before() {
    let fake = cluster();
    put(&fake, EXCEPTION, "shop", "raw", json!({"spec": {"podLabels": {"tier": "raw"}}}));
    let before = objects(&fake);
    apply(&fake, State::CutOver).await;
    cleanup(&fake).await;
    let (report, messages) = rollback(&fake, State::NotStarted).await;
    assert!(report.is_whole(), "{report:?}");
    let text = messages.progress.join("\n");
    assert!(text.contains("AzurePodIdentityException raw\n    - make it again"), "{text}");
    assert_eq!(objects(&fake), before);
}

/// API servers give Jobs and ReplicaSets the labels of their templates.
#[tokio::test(start_paused = true)]
async fn the_label_of_the_object_itself_goes_and_comes_back() {
    let fake = cluster();
    let mut set = workload("bills", Some("bills"));
    set["spec"]["replicas"] = 0.into();
    set["metadata"]["labels"] = template("bills", None)["metadata"]["labels"].clone();
    put(&fake, REPLICA_SET, "shop", "old", set);
    let before = objects(&fake);
    whole(&fake, "", State::CutOver).await;
    let labels = get(&fake, REPLICA_SET, "shop", "old")["metadata"]["labels"].clone();
    assert_eq!(labels, json!({"app": "bills"}));
    assert!(rollback(&fake, State::NotStarted).await.0.is_whole());
    assert_eq!(objects(&fake), before);
}

/// Without a table, wisp would know the first alone.
#[tokio::test(start_paused = true)]
async fn the_webhook_is_told_of_several_identities() {
    let fake = cluster();
    identity(&fake, "shop", "second", BILLS);
    put(&fake, BINDING, "shop", "second", json!({"spec": {"azureIdentity": "second", "selector": "orders"}}));
    let before = objects(&fake);
    let decisions = "workloads:\n- {namespace: shop, kind: Deployment, name: orders, road: webhook, clientId: 11111111-1111-1111-1111-111111111111}\n";
    whole(&fake, decisions, State::Parallel).await;
    let deployment = get(&fake, DEPLOYMENT, "shop", "orders");
    let table = deployment
        .pointer(IDENTITIES)
        .and_then(Value::as_str)
        .unwrap();
    insta::assert_snapshot!(table, @r#"[{"client_id":"11111111-1111-1111-1111-111111111111","name":"orders","resource_id":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders","tenant_id":"contoso.com"},{"client_id":"22222222-2222-2222-2222-222222222222","name":"second","resource_id":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/second","tenant_id":"contoso.com"}]"#);
    assert!(rollback(&fake, State::NotStarted).await.0.is_whole());
    assert_eq!(objects(&fake), before);
}
