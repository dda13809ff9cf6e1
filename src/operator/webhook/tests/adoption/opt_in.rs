//! Which pods are adopted.

use serde_json::{Value, json};

use super::{adopting, bound_pod, variables};
use crate::operator::{
    cluster::Verb,
    webhook::tests::{ID, OTHER, Webhook, pod},
};

/// Pods with these labels, beside the one that bindings select.
fn labelled(labels: &[(&str, &str)]) -> Value {
    let mut pod = bound_pod();
    for (key, value) in labels {
        pod["metadata"]["labels"][*key] = (*value).into();
    }
    pod
}

#[tokio::test(start_paused = true)]
async fn the_namespace_or_the_pod_asks_and_the_pod_may_refuse() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    let mut texts = Vec::new();
    for labels in [
        labelled(&[("wisp/adopt", "false")]),
        labelled(&[("wisp/inject", "false")]),
        labelled(&[("wisp/adopt", "yes")]),
        pod(&json!({"aadpodidbinding": ""}), &json!({})),
        pod(&json!({}), &json!({})),
    ] {
        texts.push(webhook.admit(&labels).await.1);
    }
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: true
    audit reason: neither the pod nor its namespace asks for wisp by `wisp/inject: "true"`

    allowed: true
    audit reason: `wisp/inject` of the pod is `false`

    allowed: false
    403 "Forbidden": metadata.labels.wisp/adopt: label `wisp/adopt` cannot be `yes`: expected `true` or `false`

    allowed: true
    audit reason: neither the pod nor its namespace asks for wisp by `wisp/inject: "true"`

    allowed: true
    audit reason: neither the pod nor its namespace asks for wisp by `wisp/inject: "true"`
    "#);
    let lists: Vec<_> = webhook.fake.calls();
    assert!(lists.iter().all(|call| !call.starts_with("list ")), "nothing was listed for them: {lists:?}");
    webhook.namespace(&json!({}));
    let mut texts = vec![webhook.admit(&bound_pod()).await.1];
    texts.push(
        webhook
            .admit(&labelled(&[("wisp/adopt", "true")]))
            .await
            .1
            .lines()
            .next()
            .unwrap()
            .to_owned(),
    );
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: true
    audit reason: neither the pod nor its namespace asks for wisp by `wisp/inject: "true"`

    allowed: true
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_asks_for_wisp_keeps_its_own_identity_where_nobody_adopts() {
    let webhook = Webhook { adoption: adopting(&[]).adoption, ..Webhook::identified(&[]) };
    webhook.account("cart", &json!({"azure.workload.identity/client-id": OTHER}));
    webhook.bound("shop", "orders", ID, "cart");
    let (made, _) = webhook.admit(&labelled(&[("wisp/inject", "true")])).await;
    assert!(variables(&made).starts_with(&format!("AZURE_CLIENT_ID={OTHER}\n")), "{}", variables(&made));
    // Where both are asked for, requests mean the identity of the binding, as they did before.
    webhook.namespace(&json!({"wisp/adopt": "true", "wisp/inject": "true"}));
    let (made, text) = webhook
        .admit(&labelled(&[("wisp/inject", "true"), ("azure.workload.identity/use", "true")]))
        .await;
    assert!(variables(&made).starts_with(&format!("AZURE_CLIENT_ID={ID}\n")), "{text}");
}

#[tokio::test(start_paused = true)]
async fn excepted_pods_go_as_they_are() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    webhook.exception("except", &json!({"app": "Cart"}));
    webhook.namespace(&json!({"wisp/adopt": "true", "wisp/inject": "true"}));
    let (made, text) = webhook.admit(&labelled(&[("app", "cart")])).await;
    assert_eq!(made, labelled(&[("app", "cart")]));
    insta::assert_snapshot!(text, @r"
    allowed: true
    audit reason: AzurePodIdentityException `shop/except` means this pod
    ");
    // Who asks for wisp by itself gets it, with what its service account names.
    webhook.account("cart", &json!({"azure.workload.identity/client-id": OTHER}));
    let (made, _) = webhook
        .admit(&labelled(&[("app", "cart"), ("wisp/inject", "true")]))
        .await;
    assert!(variables(&made).starts_with(&format!("AZURE_CLIENT_ID={OTHER}\n")));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_tell_is_refused() {
    let mut webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    webhook.fake.forbid(Verb::Get, "namespaces", true);
    let mut texts = vec![webhook.admit(&bound_pod()).await.1];
    let by_pod = webhook.admit(&labelled(&[("wisp/adopt", "true")])).await.1;
    assert!(by_pod.starts_with("allowed: true"), "{by_pod}");
    webhook.fake.forbid(Verb::Get, "namespaces", false);
    webhook.adoption = None;
    texts.push(webhook.admit(&bound_pod()).await.1);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    503 "ServiceUnavailable": wisp cannot tell whether the pod is to be adopted, for its namespace cannot be read, which may have label `wisp/adopt`; the log of the webhook says why. Until then, label `wisp/adopt` of the pod says so

    allowed: false
    403 "Forbidden": label `wisp/adopt` of the pod or of its namespace asks for the identities of pod-managed identity, and this webhook does not adopt pods; start it with `--adopt-pod-identity`, or remove the label
    "#);
}
