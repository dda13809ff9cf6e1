//! What the AKS add-on owns is never deleted here: the commands of Azure that do are named.

use serde_json::json;

use super::{
    Command, apply, cleanup, cluster,
    kit::{BINDING, DAEMON_SET, EXCEPTION, IDENTITY, objects, put},
    rollback,
};
use crate::operator::{
    cluster::{Collection, fake::Fake},
    migrate::execute::State,
};

/// The cluster with the add-on, which owns all its objects.
fn with_add_on() -> Fake {
    let fake = cluster();
    let labels = json!({"kubernetes.azure.com/managedby": "aks", "app": "nmi"});
    let spec = json!({"containers": [{"name": "nmi", "image": "mcr.microsoft.com/oss/azure/aad-pod-identity/nmi:v1.8.17", "args": ["--operation-mode=managed"]}]});
    let template = json!({"metadata": {"labels": labels}, "spec": spec});
    put(&fake, DAEMON_SET, "kube-system", "nmi", json!({"spec": {"selector": {}, "template": template}}));
    put(
        &fake,
        EXCEPTION,
        "kube-system",
        "aks-addon-exception",
        json!({"spec": {"podLabels": {"kubernetes.azure.com/managedby": "aks"}}}),
    );
    put(&fake, EXCEPTION, "shop", "raw", json!({"spec": {"podLabels": {"tier": "raw"}}}));
    fake
}

/// As `az aks pod-identity delete` has it done.
fn deleted_by_azure(fake: &Fake, name: &str) {
    for of in [BINDING, IDENTITY] {
        fake.delete(&Collection::at(of.0, of.1, of.2, Some("shop")).object(name));
    }
}

#[tokio::test(start_paused = true)]
async fn its_objects_stay_and_the_commands_of_azure_are_named() {
    let fake = with_add_on();
    let (report, _) = apply(&fake, State::CutOver).await;
    assert!(report.is_whole(), "{report:?}");
    let before = objects(&fake);
    let (report, messages) = cleanup(&fake).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @"
    AzureIdentity shop/bills and its binding belong to the AKS add-on, which writes them anew: `az aks pod-identity delete --namespace shop --name bills --resource-group GROUP --cluster-name CLUSTER`
    AzureIdentity shop/orders and its binding belong to the AKS add-on, which writes them anew: `az aks pod-identity delete --namespace shop --name orders --resource-group GROUP --cluster-name CLUSTER`
    ");
    assert!(report.failed.is_empty() && report.done.is_empty() && messages.audit.is_empty(), "{report:?}");
    assert_eq!(objects(&fake), before);
    // Others need not be told what is left in this one.
    let mut command = Command::new(&fake);
    command.scope.namespaces = vec!["bills".to_owned()];
    let (report, _) = command.run(async |run| run.cleanup().await).await;
    assert!(report.by_hand.is_empty(), "{report:?}");
    // One after the other.
    deleted_by_azure(&fake, "orders");
    let (report, _) = cleanup(&fake).await;
    insta::assert_snapshot!(report.done.join("\n"), @"Deployment orders in shop: cleaned");
    deleted_by_azure(&fake, "bills");
    let (report, _) = cleanup(&fake).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @"
    AzurePodIdentityException shop/raw belongs to the AKS add-on: `az aks pod-identity exception delete --namespace shop --name raw --resource-group GROUP --cluster-name CLUSTER`
    nobody needs the AKS add-on any more: `az aks update --disable-pod-identity --resource-group GROUP --name CLUSTER`
    ");
    let found = super::status(&fake).await.1;
    assert!(found.contains(" 3 cleaned, "), "{found}");
}

/// What Azure deleted, nobody here can make again.
#[tokio::test(start_paused = true)]
async fn the_way_back_names_what_azure_has_to_make() {
    let fake = with_add_on();
    apply(&fake, State::CutOver).await;
    deleted_by_azure(&fake, "orders");
    cleanup(&fake).await;
    let (report, _) = rollback(&fake, State::NotStarted).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @"Deployment orders in shop: AzureIdentity shop/orders is gone, and nobody here deleted it: make it anew, of the AKS add-on by `az aks pod-identity add --namespace shop --name orders --identity-resource-id /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders --resource-group GROUP --cluster-name CLUSTER`");
    assert!(report.failed.is_empty(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn while_somebody_needs_them_nothing_is_asked_for() {
    let fake = with_add_on();
    let mut command = Command::new(&fake);
    command.scope.workloads = vec!["orders".to_owned()];
    command
        .run(async |run| run.apply(State::CutOver).await)
        .await;
    let (report, _) = cleanup(&fake).await;
    insta::assert_snapshot!(report.by_hand.join("\n"), @"
    AzureIdentityBinding shop/bills stays, for it is needed by CronJob nightly of shop (not started), CronJob shop/nightly, StatefulSet bills of shop (not started), StatefulSet shop/bills
    AzureIdentity shop/orders and its binding belong to the AKS add-on, which writes them anew: `az aks pod-identity delete --namespace shop --name orders --resource-group GROUP --cluster-name CLUSTER`
    ");
}
