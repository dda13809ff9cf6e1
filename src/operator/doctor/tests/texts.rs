//! What people see.

use serde_json::json;

use super::{objects::event, scene::Scene};
use crate::doctor::report::{Style, text};

/// A report without what differs from run to run.
async fn report(scene: &Scene, quiet: bool) -> String {
    text(&scene.live().await, Style { colour: false, quiet })
}

#[tokio::test(start_paused = true)]
async fn a_workload_that_is_well() {
    insta::assert_snapshot!(report(&Scene::of("orders"), false).await);
    assert_eq!(report(&Scene::of("orders"), true).await, "");
}

#[tokio::test(start_paused = true)]
async fn workloads_that_are_not() {
    let mut scene = Scene::of("cart");
    scene.azure[1]["issuer"] = json!("https://westeurope.oic.prod-aks.azure.com/t/i");
    scene.object("ServiceAccount", "cart")["metadata"]["namespace"] = json!("azwi");
    let mut all = report(&scene, true).await;
    let mut scene = Scene::of("orders");
    scene.log += r#"{"time":"2026-01-01T00:05:00Z","operation":"exchange","result":"failure","aadsts":700213,"message":"AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:orders'."}"#;
    scene.status("orders", "wisp")["ready"] = json!(false);
    all += &report(&scene, true).await;
    insta::assert_snapshot!(all);
}

/// What the tables of Entra's numbers and of exit codes say of a mount and of a crash.
#[tokio::test(start_paused = true)]
async fn failures_of_pods_that_tables_explain() {
    let mut scene = Scene::of("cart");
    scene.pod("cart")["status"]["phase"] = json!("Pending");
    scene.status("cart", "app")["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
    let message = "MountVolume.SetUp failed for volume \"secrets\": rpc error: failed to mount objects: AADSTS70021: No matching federated identity record found";
    scene
        .objects
        .push(event("Pod", "cart-7c9-x", "FailedMount", message));
    let mut all = report(&scene, true).await;
    let mut scene = Scene::of("orders");
    let status = scene.status("orders", "wisp");
    status["ready"] = json!(false);
    status["restartCount"] = json!(7);
    status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    status["lastState"] = json!({"terminated": {"exitCode": 64}});
    all += &report(&scene, true).await;
    insta::assert_snapshot!(all);
}

/// A line of a log means in the doctor what it means to `wispctl explain`.
#[tokio::test(start_paused = true)]
async fn lines_of_logs_are_explained_from_the_one_table() {
    let line = |fields: &str| format!("{{\"time\":\"2026-01-01T00:05:00Z\",\"level\":\"WARN\",{fields}}}\n");
    let mut scene = Scene::of("orders");
    scene.log += &line(
        r#""operation":"exchange","result":"failure","errorCategory":"network","managedIdentityClientId":"x","message":"The name of login.microsoftonline.com could not be looked up.""#,
    );
    scene.log += &line(
        r#""operation":"token","result":"refused","reason":"identity_unknown","detail":"No identity has the client id x.""#,
    );
    scene.init_log =
        "error: this container may not change its network: it lacks the capability NET_ADMIN\n".to_owned();
    let mut all = report(&scene, true).await;
    let mut scene = Scene::of("orders");
    scene.log = "error: unknown environment variable: `WISP_LISTN`; did you mean `WISP_LISTEN`?\n".to_owned();
    all += &report(&scene, true).await;
    insta::assert_snapshot!(all, @"
logs
----
✗ the log of wisp-init tells of no failure
    this container may not change its network: it lacks the capability NET_ADMIN
    wisp-init made no redirect, or none that could be proven, so that no container of the application starts.
    fix: do what the message says behind that; docs/redirect.md has the same by exit code. The modes env and http-proxy need no redirect.
    see: docs/doctor.md#log-init
✗ wisp's newest exchange of each identity was a success
    The name of … could not be looked up
    The name of login.microsoftonline.com could not be looked up.
    at 2026-01-01T00:05:00Z
    fix: check AZURE_AUTHORITY_HOST, and that the network policy lets the pod reach the cluster's DNS.
    see: docs/doctor.md#log-exchange
‼ wisp refuses no request of the application
    wisp refused 1 requests of what was read
    identity_unknown, 1 times: No identity has the client id x.
    fix: add the identity to `WISP_IDENTITIES`, or look in the application for another `AZURE_CLIENT_ID`, or an object id in its place.
    see: docs/doctor.md#log-refused

failed 2, warnings 1, passed 46, not checked 0
logs
----
✗ wisp's newest exchange of each identity was a success
    unknown environment variable: `WISP_LISTN`; did you mean `WISP_LISTEN`?
    A setting cannot be used, and wisp does not start with half of its settings.
    fix: correct it where the message says it came from; wisp serve --check says all that is wrong at once, and --print-config where each value came from.
    see: docs/doctor.md#log-exchange

failed 1, warnings 0, passed 48, not checked 0
");
}

#[tokio::test(start_paused = true)]
async fn misspelt_names_are_told_with_what_is_meant() {
    let mut scene = Scene::of("cart");
    scene.object("ServiceAccount", "cart")["metadata"]["annotations"] =
        json!({"azure.workload.identity/client_id": "x"});
    scene.both("cart", |pod| {
        pod["metadata"]["labels"] = json!({"app": "cart", "azure.workload.identity/Use": "true"});
        pod["metadata"]["annotations"]["wisp/client_id"] = json!("x");
        pod["spec"]["containers"][0]["env"] = json!([]);
    });
    scene.without_pod("cart");
    scene.request.workload = None;
    let choice = crate::doctor::Choice {
        only: vec!["pod-label".into(), "client-id".into(), "names".into()],
        ..Default::default()
    };
    let found: Vec<_> = scene
        .live()
        .await
        .into_iter()
        .filter(|finding| choice.wants(finding.check) && finding.about.contains("cart"))
        .collect();
    insta::assert_snapshot!(text(&found, Style { colour: false, quiet: true }), @r#"
manifest
--------
✗ Deployment shop/cart: the pod template asks for an identity
    the label azure.workload.identity/use is not on the pod template
    the template has the label azure.workload.identity/Use, which nobody reads
    fix: put the label azure.workload.identity/use: "true" under spec.template.metadata.labels; elsewhere it does nothing.
    see: docs/doctor.md#pod-label
✗ Deployment shop/cart: an identity is named
    service account shop/cart has no annotation azure.workload.identity/client-id
    it has azure.workload.identity/client_id, which nobody reads
    fix: annotate the service account: azure.workload.identity/client-id: CLIENT_ID, then restart the pods.
    see: docs/doctor.md#client-id
‼ Deployment shop/cart: no label and no annotation is misspelt
    a name is near to one that counts, and nobody reads it as it is
    annotation azure.workload.identity/client_id of service account shop/cart: meant is azure.workload.identity/client-id
    label azure.workload.identity/Use of the pod template: meant is azure.workload.identity/use
    annotation wisp/client_id of the pod template: meant is wisp/client-id
    fix: write the name that is meant: what is there now nobody reads.
    see: docs/doctor.md#names

failed 2, warnings 1, passed 0, not checked 0
"#);
}
