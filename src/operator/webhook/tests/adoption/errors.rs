//! What the cluster does not say, and what it says wrongly.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::advance;

use super::{ID, adopting, bound_pod};
use crate::operator::webhook::{
    adoption::Adoption,
    review,
    tests::{Webhook, create},
};

#[tokio::test(start_paused = true)]
async fn a_pod_that_no_binding_selects_is_refused() {
    let webhook = adopting(&[]);
    let mut texts = vec![webhook.admit(&bound_pod()).await.1];
    webhook.bound("shop", "orders", ID, "Cart");
    texts.push(webhook.admit(&bound_pod()).await.1);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    403 "Forbidden": label `aadpodidbinding` is `cart`, and no AzureIdentityBinding selects that: pod-managed identity would give the pod no token either, and once it is gone the pod would ask the node's own endpoint. Write the binding first, correct the label, or keep the pod out by label `wisp/adopt: "false"`

    allowed: false
    403 "Forbidden": label `aadpodidbinding` is `cart`, and no AzureIdentityBinding selects that: pod-managed identity would give the pod no token either, and once it is gone the pod would ask the node's own endpoint. Write the binding first, correct the label, or keep the pod out by label `wisp/adopt: "false"`. AzureIdentityBinding `shop/orders` selects `Cart`, and selectors are compared to the letter
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_binding_counts_at_once_and_a_change_after_seconds() {
    let webhook = adopting(&[]);
    let admission = webhook.admission();
    let request = review::read(create(&bound_pod()).to_string().as_bytes()).unwrap();
    let adoption = async || admission.decide(&request).await.adoption;
    assert_eq!(adoption().await, Some(Adoption::Unbound));
    webhook.bound("shop", "orders", ID, "cart");
    assert_eq!(adoption().await, Some(Adoption::Unbound), "it was looked at this very moment");
    advance(Duration::from_millis(300)).await;
    assert_eq!(adoption().await, Some(Adoption::Adopted));
    webhook.exception("except", &json!({"aadpodidbinding": "cart"}));
    advance(Duration::from_secs(4)).await;
    assert_eq!(adoption().await, Some(Adoption::Adopted));
    advance(Duration::from_secs(1)).await;
    assert_eq!(adoption().await, Some(Adoption::Excepted));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listed_refuses_the_pod() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    let mut texts = Vec::new();
    webhook.fake.forbid_list("azureidentitybindings", true);
    texts.push(webhook.admit(&bound_pod()).await.1);
    webhook.fake.forbid_list("azureidentitybindings", false);
    webhook.fake.uninstall("azureidentities", true);
    texts.push(webhook.admit(&bound_pod()).await.1);
    webhook.fake.uninstall("azureidentities", false);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    503 "ServiceUnavailable": wisp cannot tell which identities label `aadpodidbinding: cart` means: the API server refuses `list` of all objects of kind AzureIdentityBinding; give its service account a ClusterRole that allows `list` on `azureidentitybindings`

    allowed: false
    403 "Forbidden": wisp cannot tell which identities label `aadpodidbinding: cart` means: the cluster has no azureidentities.aadpodidentity.k8s.io: pod-managed identity is not installed. Remove the label, or keep the pod out by label `wisp/adopt: "false"`
    "#);
    // Earlier versions have no exceptions.
    webhook.fake.uninstall("azurepodidentityexceptions", true);
    assert!(
        webhook
            .admit(&bound_pod())
            .await
            .1
            .starts_with("allowed: true")
    );
    webhook.fake.forbid_list("azurepodidentityexceptions", true);
    assert!(
        webhook
            .admit(&bound_pod())
            .await
            .1
            .starts_with("allowed: false")
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_is_shared_for_a_second() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    webhook.fake.forbid_list("azureidentities", true);
    let admission = webhook.admission();
    let request = review::read(create(&bound_pod()).to_string().as_bytes()).unwrap();
    let adoption = async || admission.decide(&request).await.adoption;
    for _ in 0..5 {
        assert_eq!(adoption().await, Some(Adoption::Unlisted));
    }
    let calls = webhook.fake.calls();
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.starts_with("list "))
            .count(),
        1,
        "{calls:?}"
    );
    webhook.fake.forbid_list("azureidentities", false);
    advance(Duration::from_secs(1)).await;
    assert_eq!(adoption().await, Some(Adoption::Adopted));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_hangs_is_waited_for_once() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    webhook.fake.hang_lists(true);
    let start = tokio::time::Instant::now();
    let answers = webhook.answers(&vec![bound_pod(); 20]).await;
    assert!(start.elapsed().as_secs() < 4, "all of them share one wait");
    let texts: std::collections::BTreeSet<_> = answers.iter().map(super::super::shown).collect();
    assert_eq!(texts.len(), 1);
    insta::assert_snapshot!(texts.first().unwrap(), @r#"
    allowed: false
    503 "ServiceUnavailable": wisp cannot tell which identities label `aadpodidbinding: cart` means: the API server did not answer within 2 s to `list` of all objects of kind AzureIdentity; check the network between this process and it
    "#);
}

#[tokio::test(start_paused = true)]
async fn malformed_objects_are_named() {
    let webhook = adopting(&[]);
    webhook.identity("shop", "orders", &json!({"clientID": "orders"}));
    webhook.binding("shop", "orders", "cart");
    webhook.binding("shop", "absent", "cart");
    let mut texts = vec![webhook.admit(&bound_pod()).await.1];
    // Another one that can be used is enough.
    webhook.bound("shop", "good", ID, "cart");
    let (_, text) = webhook.admit(&bound_pod()).await;
    assert!(text.starts_with("allowed: true"), "{text}");
    texts.push(
        text.lines()
            .filter(|line| line.starts_with("warning"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    webhook.exception("except", &json!("app"));
    texts.push(webhook.admit(&bound_pod()).await.1);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    403 "Forbidden": metadata.labels.aadpodidbinding: AzureIdentityBinding `shop/absent` names AzureIdentity `shop/absent`, which is not there
    metadata.labels.aadpodidbinding: AzureIdentity `shop/orders` is malformed: `clientID` cannot be `orders`: expected a GUID such as 00000000-1111-2222-3333-444444444444

    warning: AzureIdentity `shop/good` needs a federated credential with subject `system:serviceaccount:shop:cart`.
    warning: Whether it has one cannot be seen from here.
    warning: AzureIdentityBinding `shop/absent` names AzureIdentity `shop/absent`, which is not there.
    warning: AzureIdentity `shop/orders` is malformed: `clientID` cannot be `orders`: expected a GUID such as …
    warning: 00000000-1111-2222-3333-444444444444.
    allowed: false
    403 "Forbidden": label `aadpodidbinding`: whether the pod is excepted cannot be known, for AzurePodIdentityException `shop/except` is malformed: `podLabels` must be a mapping of labels to their values; correct it, or remove the label
    "#);
}

#[tokio::test(start_paused = true)]
async fn large_objects_are_read_and_too_many_are_not() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    let notes = "x".repeat(1 << 20);
    for number in 0..12 {
        let large = json!({"clientID": ID, "notes": notes});
        webhook.identity("zoo", &format!("large{number}"), &large);
    }
    for number in 0..2000 {
        webhook.identity("zoo", &format!("small{number}"), &json!({"clientID": ID}));
    }
    webhook.fake.calls();
    let (_, text) = webhook.admit(&bound_pod()).await;
    assert!(text.starts_with("allowed: true"), "{text}");
    let calls = webhook.fake.calls().len();
    assert!((10..60).contains(&calls), "pages are large again after large objects: {calls}");
    for number in 0..10_001 {
        webhook.binding("zoo", &format!("n{number}"), "other");
    }
    insta::assert_snapshot!(webhook.admit(&bound_pod()).await.1, @r#"
    allowed: false
    503 "ServiceUnavailable": wisp cannot tell which identities label `aadpodidbinding: cart` means: there are more than 10000 azureidentitybindings.aadpodidentity.k8s.io, and no more are read; delete those that nobody uses, or match within namespaces alone (`--adopt-pod-identity=namespaced`)
    "#);
}

#[tokio::test(start_paused = true)]
async fn more_identities_than_a_pod_can_have_are_refused() {
    let webhook = adopting(&[]);
    for number in 0..51 {
        webhook.bound(
            "shop",
            &format!("n{number}"),
            &format!("44444444-4444-4444-4444-{:012}", number + 1),
            "cart",
        );
    }
    insta::assert_snapshot!(webhook.admit(&bound_pod()).await.1, @r#"
    allowed: false
    403 "Forbidden": metadata.labels.aadpodidbinding: bindings of the namespace name 51 identities for this pod, and wisp takes 50; use more labels
    "#);
    // Those of other namespaces are left out, for their owners must not keep this pod from its own.
    let webhook = adopting(&[]);
    webhook.bound("shop", "own", ID, "cart");
    for number in 0..60 {
        let client_id = format!("44444444-4444-4444-4444-{:012}", number + 1);
        webhook.bound("alien", &format!("n{number}"), &client_id, "cart");
    }
    let (made, text) = webhook.admit(&bound_pod()).await;
    assert!(super::variables(&made).starts_with(&format!("AZURE_CLIENT_ID={ID}\n")));
    let adopted = text.lines().find(|line| line.starts_with("audit adopted"));
    assert_eq!(adopted.unwrap().split(',').count(), 50);
    let lines = text
        .lines()
        .filter(|line| line.starts_with("allowed") || line.starts_with("warning"));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    allowed: true
    warning: Each AzureIdentity needs a federated credential with subject `system:serviceaccount:shop:cart`: `shop/own`, …
    warning: `alien/n0`, `alien/n1`, `alien/n10`, `alien/n11`, 45 more. Whether they have one cannot be seen from here.
    warning: 11 more identities of other namespaces are left out, for wisp takes 50 in a pod.
    warning: The pod has 50 identities. Requests that name none get `shop/own`, where pod-managed identity took any.
    warning: Annotation `wisp/client-id` chooses another.
    warning: AzureIdentity `alien/n0` is of another namespace than the pod.
    warning: AzureIdentity `alien/n1` is of another namespace than the pod.
    warning: AzureIdentity `alien/n10` is of another namespace than the pod.
    warning: AzureIdentity `alien/n11` is of another namespace than the pod.
    warning: AzureIdentity `alien/n12` is of another namespace than the pod.
    warning: AzureIdentity `alien/n13` is of another namespace than the pod.
    warning: AzureIdentity `alien/n14` is of another namespace than the pod.
    warning: 42 more notes on its identities and bindings are left out.
    ");
}

#[tokio::test(start_paused = true)]
async fn pods_that_wisp_cannot_serve_are_refused_or_go_as_they_are() {
    let mut webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    let mut host = bound_pod();
    host["spec"]["hostNetwork"] = true.into();
    assert_eq!(result(&webhook, &host).await, Some(Adoption::Refused));
    webhook.options.skip_unsupported = true;
    assert_eq!(result(&webhook, &host).await, Some(Adoption::Skipped));
}

#[tokio::test(start_paused = true)]
async fn each_result_is_counted() {
    let webhook = adopting(&[]);
    assert_eq!(result(&webhook, &bound_pod()).await, Some(Adoption::Unbound));
    webhook.bound("shop", "orders", ID, "cart");
    assert_eq!(result(&webhook, &bound_pod()).await, Some(Adoption::Adopted));
    webhook.exception("except", &json!({"aadpodidbinding": "CART"}));
    assert_eq!(result(&webhook, &bound_pod()).await, Some(Adoption::Excepted));
    assert_eq!(result(&webhook, &super::super::labelled()).await, None);
}

async fn result(webhook: &Webhook, pod: &Value) -> Option<Adoption> {
    webhook.decided(&create(pod)).await.adoption
}
