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
    let page = "aadpodidentity_nmi_operations_duration_seconds_count{namespace=\"shop\",operation_type=\"/metadata/identity/oauth2/token\",resource=\"r\",status_code=\"200\"} 7\n";
    lab.fake
        .put_text(&Object::pod_metrics("shop", "nmi-1", 9090), Ok(page));
    insta::assert_snapshot!(nmi_of(&lab).await, @"NMI has answered 7 requests for tokens (status 200: 7) in 1 pod since their start; a later run has to show the same number");
}

async fn nmi_of(lab: &Lab) -> String {
    let verification = lab.verify().await;
    let mut checks = verification.cluster.iter();
    checks
        .find(|check| check.id.name() == "nmi")
        .unwrap()
        .found
        .clone()
}

#[tokio::test]
async fn nmi_is_asked_where_it_gives_its_metrics() {
    let mut lab = lab().await;
    let containers = json!([{"name": "nmi", "args": ["--node=$(NODE_NAME)", "--prometheus-port=8888"]}]);
    for name in ["nmi-1", "nmi-2"] {
        let nmi = json!({"metadata": {"labels": {"app.kubernetes.io/component": "nmi"}}, "spec": {"containers": containers}, "status": {"phase": "Running"}});
        put(&lab.fake, ("api/v1", "pods", "Pod"), name, &nmi);
    }
    let page = |namespace: &str| {
        format!(
            "aadpodidentity_nmi_operations_duration_seconds_count{{namespace=\"{namespace}\",operation_type=\"/metadata/identity/oauth2/token\",status_code=\"200\"}} 7\n"
        )
    };
    lab.fake
        .put_text(&Object::pod_metrics("shop", "nmi-1", 8888), Ok(&page("shop")));
    lab.fake
        .put_text(&Object::pod_metrics("shop", "nmi-2", 8888), Ok(&page("other")));
    let mut seen = vec![nmi_of(&lab).await];
    lab.request.namespace = Some("shop".to_owned());
    seen.push(nmi_of(&lab).await);
    lab.request.nmi_port = Some(7777);
    lab.fake
        .put_text(&Object::pod_metrics("shop", "nmi-2", 7777), Ok(&page("shop")));
    seen.push(nmi_of(&lab).await);
    insta::assert_snapshot!(seen.join("\n"), @"
    NMI has answered 14 requests for tokens (status 200: 14) in 2 pods since their start; a later run has to show the same number
    NMI has answered 7 requests for tokens (status 200: 7) of namespace shop in 2 pods since their start; a later run has to show the same number
    NMI has answered 7 requests for tokens (status 200: 7) of namespace shop in 2 pods since their start; 1 of them could not be asked: the metrics of Pod shop/nmi-1:7777 is not there; a later run has to show the same number
    ");
}

/// A pod of a Deployment that has workload identity of its own.
fn put_native(lab: &Lab, name: &str, labels: &serde_json::Value, audience: Option<&str>) {
    let source = audience.map(
        |audience| json!({"serviceAccountToken": {"path": "azure-identity-token", "audience": audience}}),
    );
    let volume = json!({"name": "azure-identity-token", "projected": {"sources": source.as_slice()}});
    let pod = json!({
        "metadata": {"labels": labels, "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "mails-5f6c", "controller": true}]},
        "spec": {"serviceAccountName": "mails", "containers": [{"name": "app"}], "volumes": [volume]},
        "status": {"phase": "Running"},
    });
    put(&lab.fake, ("api/v1", "pods", "Pod"), name, &pod);
}

#[tokio::test]
async fn workloads_without_wisp_have_the_token_that_their_sdk_takes() {
    let lab = lab().await;
    let own = json!({"azure.workload.identity/use": "true"});
    put_native(&lab, "mails-5f6c-a", &own, Some("api://AzureADTokenExchange"));
    let verification = lab.verify().await;
    let mails = verification
        .workloads
        .iter()
        .find(|one| one.name == "mails")
        .unwrap();
    let checks = mails
        .checks
        .iter()
        .map(|check| format!("{} {}: {}", check.id.name(), check.outcome.name(), check.found));
    insta::assert_snapshot!(checks.collect::<Vec<_>>().join("\n"), @"
    label proven: none of its 1 pods
    token-volume proven: 1 of 1 running pods have a token for api://AzureADTokenExchange
    metrics skipped: it has no wisp to ask; whether its SDK has got tokens is in its own logs
    ");
    assert_eq!(lab.open().await, "");
    // Before the webhook of azwi was there, for another audience, and with the label still.
    put_native(&lab, "mails-5f6c-b", &own, None);
    put_native(&lab, "mails-5f6c-c", &own, Some("api://other"));
    let both = json!({"azure.workload.identity/use": "true", "aadpodidbinding": "mails"});
    put_native(&lab, "mails-5f6c-d", &both, Some("api://AzureADTokenExchange"));
    insta::assert_snapshot!(lab.open().await, @"
    - the cluster: label failed: 1 with the label `aadpodidbinding`: shop/mails-5f6c-d; cut their workloads over, or clean up after those that are adopted: `wispctl migrate status` lists them
    - Deployment shop/mails: label failed: 1 of its 4 pods have the label `aadpodidbinding`; cut it over, and see that its pods follow
    - Deployment shop/mails: token-volume failed: 2 of 4 running pods have a token for api://AzureADTokenExchange; see that the workload identity webhook of Azure runs, and have pods made anew that are older than it
    ");
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
    - the cluster: label failed: 1 with the label `aadpodidbinding`: shop/orders-7d9f-b; cut their workloads over, or clean up after those that are adopted: `wispctl migrate status` lists them
    - the cluster: assigned-identities failed: 1 left: orders-a of pod shop/orders-7d9f-a; wait a minute for MIC to remove them; what stays then belongs to pods with the label, or MIC does not run any more
    - Deployment shop/orders: metrics failed: pod orders-7d9f-a: tokens 5, failures 2 (network: 2); see `kubectl logs` of the container `wisp`; what failed before the credential was known is forgotten once the pod is replaced
    - Deployment shop/orders: metrics failed: pod orders-7d9f-b: tokens 0, failures 0; have its application ask for a token; see `kubectl logs` of the container `wisp` for what hinders it
    error: 4 checks failed: see `Not proven`
    ");
    lab.fake.forbid_list("azureassignedidentities", true);
    lab.fake.forbid(Verb::Get, "pods/proxy", true);
    insta::assert_snapshot!(lab.open().await, @"
    - the cluster: label failed: 1 with the label `aadpodidbinding`: shop/orders-7d9f-b; cut their workloads over, or clean up after those that are adopted: `wispctl migrate status` lists them
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
