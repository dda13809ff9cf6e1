//! Adopted pods, whose identity bindings name and not their service account.

use super::{Lab, Stage, put_account};

async fn lab() -> Lab {
    let mut lab = Lab::new().await;
    lab.decisions = "namespaces:\n- {name: shop, road: adopt}\n";
    // Somebody else's.
    put_account(&lab.fake, "44444444-4444-4444-4444-444444444444");
    lab
}

#[tokio::test]
async fn their_account_need_not_name_their_identity() {
    let lab = lab().await;
    insta::assert_snapshot!(lab.text().await, @"
    Stage `before`: 1 workload, 1 of them proven.
    Checks: 9 proven, 0 failed, 0 unchecked, 1 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Tokens
    WORKLOAD                ACCOUNT  BY                    APPID                                 OID                                   TID                                   AUD
    Deployment shop/orders  orders   federated-credential  22222222-bbbb-4bbb-8bbb-222222222222  33333333-cccc-4ccc-8ccc-333333333333  11111111-aaaa-4aaa-8aaa-111111111111  https://management.azure.com
    ");
}

#[tokio::test]
async fn they_keep_their_label_until_the_end() {
    let mut lab = lab().await;
    lab.request.stage = Stage::After;
    lab.put_pod("orders-7d9f-a", true, true);
    lab.put_metrics("orders-7d9f-a", 5, 0);
    lab.fake.uninstall("azureassignedidentities", true);
    insta::assert_snapshot!(lab.text().await, @"
    Stage `after`: 1 workload, 1 of them proven.
    Checks: 3 proven, 1 failed, 0 unchecked, 1 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Not proven
    - the cluster: label failed: 1 with the label `aadpodidbinding`: shop/orders-7d9f-a; cut their workloads over, or clean up after those that are adopted: `wispctl migrate status` lists them
    error: 1 check failed: see `Not proven`
    ");
}
