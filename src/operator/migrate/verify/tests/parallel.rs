//! While wisp and the label are both there.

use serde_json::{Value, json};

use super::{Lab, OBJECT, ORDERS, Stage, TENANT, put};
use crate::operator::cluster::{Object, Verb};

async fn lab() -> Lab {
    let mut lab = Lab::new().await;
    lab.request.stage = Stage::Parallel;
    lab.put_pod("orders-7d9f-a", true, true);
    lab.put_metrics("orders-7d9f-a", 2, 1);
    lab
}

/// Has the old way give a token with this object id, resource and tenant; or say this.
fn old_way(lab: &mut Lab, object_id: &str, audience: &str) {
    let claims =
        json!({"objectId": object_id, "tenantId": TENANT, "audience": audience, "applicationId": ORDERS});
    answer(
        lab,
        &json!({"clientId": ORDERS, "claims": claims, "error": null, "description": null, "waitedSeconds": 0}),
    );
}

fn answer(lab: &mut Lab, token: &Value) {
    lab.request.old_by_pod = true;
    lab.request.image = Some("registry.example/wispctl:1".to_owned());
    let name = "wisp-verify-00000000";
    lab.fake.when_created("jobs", |_, body| {
        let labels = &body["spec"]["template"]["metadata"]["labels"];
        assert_eq!((&labels["aadpodidbinding"], &labels["wisp/inject"]), (&json!("orders"), &json!("false")));
        let mut job = body.clone();
        job["status"] = json!({"succeeded": 1});
        Ok(job)
    });
    let owners = json!([{"kind": "Job", "name": name, "controller": true}]);
    let pod = json!({"metadata": {"ownerReferences": owners}, "spec": {}, "status": {"phase": "Succeeded"}});
    put(&lab.fake, ("api/v1", "pods", "Pod"), "old-x", &pod);
    let asked = json!({"presented": null, "at": super::EPOCH, "tokens": [token]}).to_string();
    lab.fake
        .put_text(&Object::pod_log("shop", "old-x"), Ok(&asked));
    // The next Job has the same name: the lab's chance begins anew.
    lab.time.bits.store(0, std::sync::atomic::Ordering::Relaxed);
}

#[tokio::test]
async fn both_ways_lead_to_the_same_identity() {
    let mut lab = lab().await;
    old_way(&mut lab, OBJECT, "https://management.azure.com");
    insta::assert_snapshot!(lab.text().await, @"
    Stage `parallel`: 1 workload, 1 of them proven.
    Checks: 13 proven, 0 failed, 0 unchecked, 0 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Tokens
    WORKLOAD                ACCOUNT  BY                    APPID                                 OID                                   TID                                   AUD
    Deployment shop/orders  orders   federated-credential  22222222-bbbb-4bbb-8bbb-222222222222  33333333-cccc-4ccc-8ccc-333333333333  11111111-aaaa-4aaa-8aaa-111111111111  https://management.azure.com
    Deployment shop/orders  orders   pod-identity          22222222-bbbb-4bbb-8bbb-222222222222  33333333-cccc-4ccc-8ccc-333333333333  11111111-aaaa-4aaa-8aaa-111111111111  https://management.azure.com
    ");
}

#[tokio::test]
async fn another_identity_is_an_error() {
    let mut lab = lab().await;
    old_way(&mut lab, "99999999-9999-9999-9999-999999999999", "https://management.azure.com");
    insta::assert_snapshot!(lab.text().await, @"
    Stage `parallel`: 1 workload, 0 of them proven.
    Checks: 12 proven, 1 failed, 0 unchecked, 0 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Not proven
    - Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: same-identity failed: `oid` is 99999999-9999-9999-9999-999999999999 by the old way and 33333333-cccc-4ccc-8ccc-333333333333 by the new one; object ids: old 99999999-9999-9999-9999-999999999999, new 33333333-cccc-4ccc-8ccc-333333333333; do not cut over: see which AzureIdentity the label selects, and which client id the service account names

    Tokens
    WORKLOAD                ACCOUNT  BY                    APPID                                 OID                                   TID                                   AUD
    Deployment shop/orders  orders   federated-credential  22222222-bbbb-4bbb-8bbb-222222222222  33333333-cccc-4ccc-8ccc-333333333333  11111111-aaaa-4aaa-8aaa-111111111111  https://management.azure.com
    Deployment shop/orders  orders   pod-identity          22222222-bbbb-4bbb-8bbb-222222222222  99999999-9999-9999-9999-999999999999  11111111-aaaa-4aaa-8aaa-111111111111  https://management.azure.com
    error: 1 check failed: see `Not proven`
    ");
    old_way(&mut lab, OBJECT, "https://management.azure.com/");
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: same-identity failed: `aud` is https://management.azure.com/ by the old way and https://management.azure.com by the new one; object ids: old 33333333-cccc-4ccc-8ccc-333333333333, new 33333333-cccc-4ccc-8ccc-333333333333; do not cut over: see which AzureIdentity the label selects, and which client id the service account names");
    let error = "the old way answers with status 404: no AzureAssignedIdentity found for pod";
    answer(
        &mut lab,
        &json!({"clientId": ORDERS, "claims": null, "error": null, "description": error, "waitedSeconds": 0}),
    );
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: old-way failed: the old way answers with status 404: no AzureAssignedIdentity found for pod; see what NMI says of it (`kubectl logs` of its pod on that node), and whether a binding selects the label");
}

#[tokio::test]
async fn pods_without_wisp_and_without_tokens_are_told() {
    let mut lab = lab().await;
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: old-way unchecked: only a pod with the label can ask the old way; give `--old-by-pod` and `--image`");
    old_way(&mut lab, OBJECT, "https://management.azure.com");
    lab.put_pod("orders-7d9f-b", false, true);
    lab.put_metrics("orders-7d9f-a", 0, 4);
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: sidecar failed: 1 of 2 running pods have wisp; roll it out with wisp, or wait until the roll-out is done
    - Deployment shop/orders: metrics failed: pod orders-7d9f-a: tokens 0, failures 4 (network: 4); have its application ask for a token; see `kubectl logs` of the container `wisp` for what hinders it
    ");
    // Metrics that cannot be had hinder nothing.
    old_way(&mut lab, OBJECT, "https://management.azure.com");
    lab.fake.forbid(Verb::Get, "pods/proxy", true);
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: sidecar failed: 1 of 2 running pods have wisp; roll it out with wisp, or wait until the roll-out is done");
    lab.fake.forbid_list("pods", true);
    old_way(&mut lab, OBJECT, "https://management.azure.com");
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: sidecar unchecked: the API server refuses `list` of all objects of kind Pod; give its service account a ClusterRole that allows `list` on `pods`
    - Deployment shop/orders: old-way unchecked: the API server refuses `list` of the objects of kind Pod in namespace shop; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `list` on `pods`
    - cluster: the API server refuses `list` of all objects of kind Pod; give its service account a ClusterRole that allows `list` on `pods`
    ");
}
