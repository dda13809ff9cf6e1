//! What is answered to which request.

use serde_json::{Value, json};

use super::{ID, OTHER, Webhook, create, labelled, patch, pod, review, shown};
use crate::operator::cluster::Verb;

#[tokio::test(start_paused = true)]
async fn a_labelled_pod_gets_the_plan_as_a_patch() {
    let webhook = Webhook::identified(&[]);
    webhook.account("cart", &json!({}));
    let (_, text) = webhook.admit(&labelled()).await;
    insta::assert_snapshot!(text, @r"
    allowed: true
    add /spec/containers/0/env
    add /spec/initContainers
    add /spec/volumes
    replace /metadata/annotations
    audit identity: bafde89c041e
    audit image: wisp:VERSION
    audit mode: env
    ");
}

#[tokio::test(start_paused = true)]
async fn the_namespace_can_ask_and_the_pod_can_refuse() {
    let webhook = Webhook::identified(&[]);
    let unlabelled = pod(&json!({}), &json!({}));
    let mut texts = vec![webhook.admit(&unlabelled).await.1];
    webhook.namespace(&json!({"wisp/inject": "true"}));
    assert!(patch(&webhook.answer(&create(&unlabelled)).await).is_some());
    texts.push(
        webhook
            .admit(&pod(&json!({"wisp/inject": "false"}), &json!({})))
            .await
            .1,
    );
    texts.push(
        webhook
            .admit(&pod(&json!({"wisp/inject": "true"}), &json!({"wisp/inject": "false"})))
            .await
            .1,
    );
    texts.push(
        webhook
            .admit(&pod(&json!({"wisp/inject": "yes"}), &json!({})))
            .await
            .1,
    );
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: true
    audit reason: neither the pod nor its namespace asks for wisp by `wisp/inject: "true"`

    allowed: true
    audit reason: `wisp/inject` of the pod is `false`

    allowed: false
    403 "Forbidden": metadata.annotations.wisp/inject: annotation `wisp/inject` says `false` and the label of the same name `true`; keep one

    allowed: false
    403 "Forbidden": metadata.labels.wisp/inject: label `wisp/inject` cannot be `yes`: expected `true` or `false`
    "#);
}

/// The client id that the sidecar has.
fn client_id(pod: &Value) -> &str {
    let sidecar = crate::operator::inject::container(pod, "wisp").unwrap();
    let mut variables = sidecar["env"].as_array().unwrap().iter();
    let variable = variables
        .find(|variable| variable["name"] == "AZURE_CLIENT_ID")
        .unwrap();
    variable["value"].as_str().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_pod_then_its_service_account_then_the_configuration_name_the_identity() {
    let webhook = Webhook::identified(&[]);
    webhook.account("cart", &json!({}));
    assert_eq!(client_id(&webhook.admit(&labelled()).await.0), ID);
    let named = Webhook::identified(&[]);
    named.account("cart", &json!({"azure.workload.identity/client-id": OTHER}));
    assert_eq!(client_id(&named.admit(&labelled()).await.0), OTHER);
    let third = "33333333-3333-3333-3333-333333333333";
    let annotated = pod(&json!({"wisp/inject": "true"}), &json!({"wisp/client-id": third}));
    let (made, text) = named.admit(&annotated).await;
    assert_eq!(client_id(&made), third);
    insta::assert_snapshot!(text.lines().filter(|line| line.starts_with("warning")).collect::<Vec<_>>().join("\n"), @r"
    warning: The client id is `33333333-3333-3333-3333-333333333333` by `client-id`, but ServiceAccount `shop/cart` says …
    warning: `22222222-2222-2222-2222-222222222222` in annotation `azure.workload.identity/client-id`.
    warning: Make both the same, or remove the annotation.
    ");
    // Nothing is left to ask for then.
    named.fake.calls();
    let whole = pod(
        &json!({"wisp/inject": "true"}),
        &json!({"wisp/client-id": third, "wisp/tenant-id": "contoso.com"}),
    );
    named.admit(&whole).await;
    assert_eq!(named.fake.calls(), ["get Namespace shop"]);
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_nobody_names_or_that_cannot_be_read_refuses_the_pod() {
    let webhook = Webhook::new(&[("mode", "env")]);
    let mut texts = vec![webhook.admit(&labelled()).await.1];
    webhook.account("cart", &json!({}));
    texts.push(webhook.admit(&labelled()).await.1);
    webhook.fake.forbid(Verb::Get, "serviceaccounts", true);
    texts.push(webhook.admit(&labelled()).await.1);
    webhook.fake.forbid(Verb::Get, "serviceaccounts", false);
    webhook.fake.hang(true);
    texts.push(webhook.admit(&labelled()).await.1);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    403 "Forbidden": spec: no client id: give `--client-id` or annotation `wisp/client-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`
    spec: no tenant: give `--tenant-id` or annotation `wisp/tenant-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`

    allowed: false
    403 "Forbidden": spec: no client id: give ServiceAccount `shop/cart` the annotation `azure.workload.identity/client-id`, give `--client-id` or annotation `wisp/client-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`
    spec: no tenant: give ServiceAccount `shop/cart` the annotation `azure.workload.identity/tenant-id`, give `--tenant-id` or annotation `wisp/tenant-id`, name a ConfigMap that has it by `--config-map` or `wisp/config-map`, or let the workload identity webhook set it by label `azure.workload.identity/use: "true"`

    allowed: false
    503 "ServiceUnavailable": wisp cannot tell which identity the pod has, for ServiceAccount shop/cart cannot be read: the API server refuses `get` of ServiceAccount shop/cart; give its service account a ClusterRole that allows `get` on `serviceaccounts`. Until then, annotations `wisp/client-id` and `wisp/tenant-id` of the pod name one

    allowed: false
    503 "ServiceUnavailable": wisp cannot tell which identity the pod has, for ServiceAccount shop/cart cannot be read: the API server did not answer within 2 s to `get` of ServiceAccount shop/cart; check the network between this process and it. Until then, annotations `wisp/client-id` and `wisp/tenant-id` of the pod name one
    "#);
    let blind = Webhook { reads_accounts: false, ..Webhook::identified(&[]) };
    blind.fake.forbid(Verb::Get, "serviceaccounts", true);
    blind.fake.forbid(Verb::Get, "namespaces", true);
    assert!(patch(&blind.answer(&create(&labelled())).await).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_second_call_changes_nothing() {
    for mode in ["redirect", "env", "http-proxy", "manual"] {
        let webhook = Webhook::identified(&[("mode", mode)]);
        let (first, _) = webhook.admit(&labelled()).await;
        let (second, text) = webhook.admit(&first).await;
        assert_eq!(first, second);
        assert!(
            text.starts_with(&format!(
                "allowed: true\naudit identity: bafde89c041e\naudit image: wisp:VERSION\naudit mode: {mode}\n"
            )),
            "{text}"
        );
        // What came to all containers meanwhile changes nothing either.
        let mut others = first.clone();
        for list in ["initContainers", "containers"] {
            for container in others["spec"][list].as_array_mut().into_iter().flatten() {
                container["env"] = json!([{"name": "TRACE", "value": "1"}]);
            }
        }
        assert_eq!(webhook.admit(&others).await.0, others);
    }
}

#[tokio::test(start_paused = true)]
async fn pods_with_something_of_wisp_are_refused() {
    let webhook = Webhook::identified(&[("mode", "redirect")]);
    let mut named = labelled();
    named["spec"]["containers"][0]["name"] = "wisp".into();
    let (whole, _) = webhook.admit(&labelled()).await;
    let mut without_init = whole.clone();
    without_init["spec"]["initContainers"]
        .as_array_mut()
        .unwrap()
        .remove(0);
    let mut without_any = whole.clone();
    without_any["spec"]["initContainers"] = json!([]);
    let mut without_record = whole.clone();
    without_record["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .remove("wisp/injected");
    let mut foreign_record = whole.clone();
    foreign_record["metadata"]["annotations"]["wisp/injected"] = "yes".into();
    let unknown = pod(&json!({"wisp/inject": "true"}), &json!({"wisp/modus": "env"}));
    let mut texts = Vec::new();
    for pod in [named, without_init, without_any, without_record, foreign_record, unknown] {
        texts.push(webhook.admit(&pod).await.1);
    }
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    403 "Forbidden": spec.containers[0]: the pod already has a container `wisp`, which wispctl did not inject; remove or rename it

    allowed: false
    403 "Forbidden": metadata.annotations.wisp/injected: annotation `wisp/injected` says that wisp is in this pod in mode `redirect`, but it has no container `wisp-init`; remove the annotation and what is left of wisp (`wispctl uninject`), or inject it again

    allowed: false
    403 "Forbidden": metadata.annotations.wisp/injected: annotation `wisp/injected` says that wisp is in this pod in mode `redirect`, but it has no container `wisp` or `wisp-init`; remove the annotation and what is left of wisp (`wispctl uninject`), or inject it again

    allowed: false
    403 "Forbidden": spec.initContainers[0]: the pod already has a container `wisp-init`, which wispctl did not inject; remove or rename it
    spec.initContainers[1]: the pod already has a container `wisp`, which wispctl did not inject; remove or rename it
    spec.volumes[0]: the pod already has a volume `wisp-token`, which wispctl did not inject; rename it
    spec.initContainers[1].ports: container `wisp` listens on port 4255, which wisp needs in the same pod; move the application's, or wisp's with `token-port` and `admin-port`

    allowed: false
    403 "Forbidden": metadata.annotations.wisp/injected: annotation `wisp/injected` is not as wispctl wrote it, so wispctl cannot tell what it injected; restore it, or remove it together with the containers `wisp` and `wisp-init` and the volume `wisp-token`

    allowed: false
    403 "Forbidden": metadata.annotations.wisp/modus: annotation `wisp/modus` is not known; known are `inject`, `set.` and `file.` with a setting behind it, mode, redirect, image, sidecar, client-id, tenant-id, authority, config-map, settings-from, token, audience, token-lifetime, share-token, token-port, admin-port, user, containers, container-identities, variables, no-proxy, take-proxy, cpu, memory, verify
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_wisp_cannot_serve_is_refused_or_left_alone() {
    let mut webhook = Webhook::identified(&[("mode", "redirect")]);
    let mut host = labelled();
    host["spec"]["hostNetwork"] = true.into();
    let mut texts = vec![webhook.admit(&host).await.1];
    webhook.options.skip_unsupported = true;
    texts.push(webhook.admit(&host).await.1);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    403 "Forbidden": spec.hostNetwork: the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; use mode `env`

    allowed: true
    warning: This pod goes without wisp: the pod uses the node's network (hostNetwork), where a redirect would reach every process …
    warning: of the node. Use mode `env`.
    audit reason: the pod uses the node's network (hostNetwork), where a redirect would reach every process of the node; use mode `env`
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_pod_is_let_through() {
    let webhook = Webhook::identified(&[]);
    let object = labelled();
    let deployment = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
    let mut texts = Vec::new();
    for fields in [
        json!({"subResource": "ephemeralcontainers", "operation": "UPDATE", "object": object}),
        json!({"operation": "UPDATE", "object": object, "oldObject": object}),
        json!({"operation": "DELETE", "object": null, "oldObject": object}),
        json!({"kind": deployment, "object": {"metadata": {"labels": {"wisp/inject": "true"}}}}),
        json!({"object": null}),
    ] {
        texts.push(shown(&webhook.answer(&review(&fields)).await));
    }
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: true
    audit reason: subresource ephemeralcontainers is left alone

    allowed: true
    audit reason: pods are injected when they are created

    allowed: true
    audit reason: pods are injected when they are created

    allowed: true
    audit reason: Deployment is no Pod; pods are injected when they are created

    allowed: false
    400 "BadRequest": the request has no object; the webhook's rules may name CREATE of pods alone
    "#);
    assert!(webhook.fake.calls().is_empty(), "nothing was asked for them");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_is_answered_as_the_real_one() {
    let webhook = Webhook::identified(&[]);
    let real = webhook.answer(&create(&labelled())).await;
    let dry = webhook
        .answer(&review(&json!({"object": labelled(), "dryRun": true})))
        .await;
    assert_eq!(real, dry);
    assert_eq!(webhook.fake.writes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn warnings_are_short_sentences() {
    let webhook = Webhook::identified(&[("mode", "redirect")]);
    webhook.namespace(&json!({"pod-security.kubernetes.io/enforce": "restricted"}));
    webhook.account(
        "default",
        &json!({"azure.workload.identity/client-id": OTHER, "azure.workload.identity/client-ids": OTHER}),
    );
    let mut shared = labelled();
    shared["spec"]["serviceAccountName"] = "default".into();
    let (_, text) = webhook.admit(&shared).await;
    let warnings: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("warning: "))
        .collect();
    assert!(
        warnings
            .iter()
            .all(|warning| warning.chars().count() <= 120)
    );
    insta::assert_snapshot!(warnings.join("\n"), @r"
    Namespace `shop` has label `pod-security.kubernetes.io/enforce: restricted`, and that level refuses NET_ADMIN, which …
    the init container of mode `redirect` has, so no pod would start.
    Choose mode `env` or `http-proxy`, which need no right.
    Nothing reads annotation `azure.workload.identity/client-ids` of ServiceAccount `shop/default`.
    Did you mean annotation `azure.workload.identity/client-id`?
    Every pod of the namespace that names no service account runs as `default`, and so can use the identity of this one.
    Give the application an account of its own.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_huge_pod_is_planned() {
    let webhook = Webhook::identified(&[]);
    let mut huge = labelled();
    huge["metadata"]["annotations"]["example/notes"] = "x".repeat(1 << 20).into();
    assert!(patch(&webhook.answer(&create(&huge)).await).is_some());
}
