//! Once the label is gone.

use serde_json::json;

use super::{Lab, POD_IDENTITY, Stage, put};
use crate::operator::cluster::{Object, Verb};

async fn lab() -> Lab {
    let mut lab = Lab::new().await;
    lab.request.stage = Stage::After;
    lab.put_pod("orders-7d9f-a", true, false);
    lab.put_metrics("orders-7d9f-a", 5, 0);
    lab.fake.uninstall("azureassignedidentities", true);
    lab
}

#[tokio::test]
async fn nobody_goes_the_old_way() {
    let lab = lab().await;
    insta::assert_snapshot!(lab.text().await, @"
    Stage `after`: 1 workload, 1 of them proven.
    Checks: 4 proven, 0 failed, 0 unchecked, 1 skipped.
    Every check: `--output markdown`; all of it: `--output json`.
    ");
    let nmi =
        json!({"metadata": {"labels": {"component": "nmi"}}, "spec": {}, "status": {"phase": "Running"}});
    put(&lab.fake, ("api/v1", "pods", "Pod"), "nmi-1", &nmi);
    let page = "aadpodidentity_nmi_operations_latency_count{operation_type=\"nmi_get_token\"} 7\n";
    lab.fake
        .put_text(&Object::pod_metrics("shop", "nmi-1", 9090), Ok(page));
    let verification = lab.verify().await;
    let nmi = verification
        .cluster
        .iter()
        .find(|check| check.id.name() == "nmi")
        .unwrap();
    insta::assert_snapshot!(nmi.found, @"NMI has answered 7 requests in 1 pod since their start; a later run has to show the same number");
}

#[tokio::test]
async fn what_is_left_of_it_is_told() {
    let lab = lab().await;
    lab.fake.uninstall("azureassignedidentities", false);
    let spec = json!({"spec": {"pod": "orders-7d9f-a", "podNamespace": "shop", "azureIdentityRef": {"metadata": {"name": "orders", "namespace": "shop"}}}});
    put(&lab.fake, (POD_IDENTITY, "azureassignedidentities", "AzureAssignedIdentity"), "orders-a", &spec);
    lab.put_pod("orders-7d9f-b", true, true);
    lab.put_metrics("orders-7d9f-a", 5, 2);
    lab.put_metrics("orders-7d9f-b", 0, 0);
    insta::assert_snapshot!(lab.text().await, @"
    Stage `after`: 1 workload, 0 of them proven.
    Checks: 1 proven, 4 failed, 0 unchecked, 1 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Not proven
    - the cluster: label failed: 1 with the label `aadpodidbinding`: shop/orders-7d9f-b; cut their workloads over: `wispctl migrate plan` lists them
    - the cluster: assigned-identities failed: 1 left: orders-a of pod shop/orders-7d9f-a; wait a minute for MIC to remove them; what stays then belongs to pods with the label, or MIC does not run any more
    - Deployment shop/orders: metrics failed: pod orders-7d9f-a: tokens 5, failures 2 (network: 2); see `kubectl logs` of the container `wisp`; what failed before the credential was known is forgotten once the pod is replaced
    - Deployment shop/orders: metrics failed: pod orders-7d9f-b: tokens 0, failures 0; have its application ask for a token; see `kubectl logs` of the container `wisp` for what hinders it
    error: 4 checks failed: see `Not proven`
    ");
    lab.fake.forbid_list("azureassignedidentities", true);
    lab.fake.forbid(Verb::Get, "pods/proxy", true);
    insta::assert_snapshot!(lab.open().await, @"
    - the cluster: label failed: 1 with the label `aadpodidbinding`: shop/orders-7d9f-b; cut their workloads over: `wispctl migrate plan` lists them
    - the cluster: assigned-identities unchecked: the API server refuses `list` of all objects of kind AzureAssignedIdentity; give its service account a ClusterRole that allows `list` on `azureassignedidentities`
    - Deployment shop/orders: metrics unchecked: the API server refuses `get` of the metrics of Pod shop/orders-7d9f-a:4255; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `get` on `pods/proxy`
    - Deployment shop/orders: metrics unchecked: the API server refuses `get` of the metrics of Pod shop/orders-7d9f-b:4255; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `get` on `pods/proxy`
    - cluster: the API server refuses `list` of all objects of kind AzureAssignedIdentity; give its service account a ClusterRole that allows `list` on `azureassignedidentities`
    ");
    lab.fake.forbid_list("pods", true);
    insta::assert_snapshot!(lab.open().await, @"
    - the cluster: label unchecked: the API server refuses `list` of all objects of kind Pod; give its service account a ClusterRole that allows `list` on `pods`
    - the cluster: assigned-identities unchecked: the API server refuses `list` of all objects of kind AzureAssignedIdentity; give its service account a ClusterRole that allows `list` on `azureassignedidentities`
    - cluster: the API server refuses `list` of all objects of kind AzureAssignedIdentity; give its service account a ClusterRole that allows `list` on `azureassignedidentities`
    - cluster: the API server refuses `list` of all objects of kind Pod; give its service account a ClusterRole that allows `list` on `pods`
    ");
}

#[tokio::test]
async fn other_namespaces_are_not_looked_at() {
    let mut lab = lab().await;
    lab.request.namespace = Some("other".to_owned());
    lab.fake.uninstall("azureassignedidentities", false);
    let spec = json!({"spec": {"pod": "orders-7d9f-a", "podNamespace": "shop", "azureIdentityRef": {"metadata": {"name": "orders", "namespace": "shop"}}}});
    put(&lab.fake, (POD_IDENTITY, "azureassignedidentities", "AzureAssignedIdentity"), "orders-a", &spec);
    lab.put_pod("orders-7d9f-b", true, true);
    assert_eq!(lab.open().await, "");
}
