//! Pods of pod-managed identity.

mod errors;
mod opt_in;

use serde_json::{Value, json};

use super::{ID, OTHER, Webhook, patch, pod};
use crate::operator::{cluster::Collection, inject::Mode, pod_identity::Matching, webhook::AdoptionConfig};

const THIRD: &str = "33333333-3333-3333-3333-333333333333";

/// A webhook that adopts the pods of the namespace, which has a service account.
fn adopting(choices: &[(&str, &str)]) -> Webhook {
    let webhook = Webhook {
        adoption: Some(AdoptionConfig::default()),
        ..Webhook::new(&[&[("tenant-id", "contoso.com")], choices].concat())
    };
    webhook.namespace(&json!({"wisp/adopt": "true"}));
    webhook.account("cart", &json!({}));
    webhook
}

impl Webhook {
    fn identity(&self, namespace: &str, name: &str, spec: &Value) {
        let value = json!({"metadata": {"namespace": namespace, "name": name}, "spec": spec});
        self.fake
            .put_into(&Collection::azure_identities(Some(namespace)), name, value);
    }

    /// A managed identity, and a binding of the same name to it.
    fn bound(&self, namespace: &str, name: &str, client_id: &str, selector: &str) {
        let resource_id = format!(
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
        );
        self.identity(namespace, name, &json!({"resourceID": resource_id, "clientID": client_id}));
        self.binding(namespace, name, selector);
    }

    fn binding(&self, namespace: &str, name: &str, selector: &str) {
        let value = json!({
            "metadata": {"namespace": namespace, "name": name},
            "spec": {"azureIdentity": name, "selector": selector},
        });
        self.fake
            .put_into(&Collection::azure_identity_bindings(Some(namespace)), name, value);
    }

    fn exception(&self, name: &str, labels: &Value) {
        let value = json!({"metadata": {"namespace": "shop", "name": name}, "spec": {"podLabels": labels}});
        self.fake
            .put_into(&Collection::azure_pod_identity_exceptions(Some("shop")), name, value);
    }
}

/// A pod as a chart of pod-managed identity makes it.
fn bound_pod() -> Value {
    pod(&json!({"aadpodidbinding": "cart"}), &json!({}))
}

/// The variables of wisp in a pod that have to do with identities.
fn variables(pod: &Value) -> String {
    let sidecar = crate::operator::inject::container(pod, "wisp").unwrap();
    let variables = sidecar["env"].as_array().unwrap().iter();
    let lines = variables.filter(|variable| {
        let name = variable["name"].as_str().unwrap();
        name.starts_with("AZURE_") && !name.ends_with("FILE") || name == "WISP_IDENTITIES"
    });
    let lines = lines.map(|variable| {
        format!("{}={}", variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_pod_gets_the_identity_that_its_binding_names() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    let (made, text) = webhook.admit(&bound_pod()).await;
    insta::assert_snapshot!(text, @r"
    allowed: true
    add /spec/initContainers
    add /spec/volumes
    replace /metadata/annotations
    warning: AzureIdentity `shop/orders` needs a federated credential with subject `system:serviceaccount:shop:cart`.
    warning: Whether it has one cannot be seen from here.
    audit adopted: shop/orders
    audit identity: bafde89c041e
    audit image: wisp:VERSION
    audit mode: redirect
    ");
    insta::assert_snapshot!(variables(&made), @r#"
    AZURE_CLIENT_ID=11111111-1111-1111-1111-111111111111
    AZURE_TENANT_ID=contoso.com
    WISP_IDENTITIES=[{"client_id":"11111111-1111-1111-1111-111111111111","name":"orders","resource_id":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders"}]
    "#);
    // Another call finds wisp there.
    let (again, text) = webhook.admit(&made).await;
    assert_eq!(made, again);
    assert!(!text.contains("add "), "{text}");
}

#[tokio::test(start_paused = true)]
async fn several_identities_are_listed_and_the_first_counts_where_none_is_named() {
    let webhook = adopting(&[]);
    webhook.bound("zoo", "animals", THIRD, "cart");
    webhook.bound("shop", "orders", OTHER, "cart");
    webhook.bound("shop", "billing", ID, "cart");
    let (made, text) = webhook.admit(&bound_pod()).await;
    insta::assert_snapshot!(text, @r"
    allowed: true
    add /spec/initContainers
    add /spec/volumes
    replace /metadata/annotations
    warning: Each AzureIdentity needs a federated credential with subject `system:serviceaccount:shop:cart`: `shop/billing`, …
    warning: `shop/orders`, `zoo/animals`. Whether they have one cannot be seen from here.
    warning: The pod has 3 identities. Requests that name none get `shop/billing`, where pod-managed identity took any.
    warning: Annotation `wisp/client-id` chooses another.
    warning: AzureIdentity `zoo/animals` is of another namespace than the pod.
    audit adopted: shop/billing,shop/orders,zoo/animals
    audit identity: bafde89c041e
    audit image: wisp:VERSION
    audit mode: redirect
    ");
    insta::assert_snapshot!(variables(&made), @r#"
    AZURE_CLIENT_ID=11111111-1111-1111-1111-111111111111
    AZURE_TENANT_ID=contoso.com
    WISP_IDENTITIES=[{"client_id":"11111111-1111-1111-1111-111111111111","name":"billing","resource_id":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/billing"},{"client_id":"22222222-2222-2222-2222-222222222222","name":"orders","resource_id":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders"},{"client_id":"33333333-3333-3333-3333-333333333333","name":"zoo/animals","resource_id":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/animals"}]
    "#);
    let mut choosing = bound_pod();
    choosing["metadata"]["annotations"]["wisp/client-id"] = OTHER.into();
    let (made, _) = webhook.admit(&choosing).await;
    assert!(variables(&made).starts_with(&format!("AZURE_CLIENT_ID={OTHER}\n")));
}

#[tokio::test(start_paused = true)]
async fn the_mode_of_matching_decides_whether_other_namespaces_count() {
    let mut webhook = adopting(&[]);
    webhook.adoption = Some(AdoptionConfig { matching: Matching::Namespaced, ..AdoptionConfig::default() });
    webhook.bound("zoo", "animals", THIRD, "cart");
    webhook.bound("shop", "orders", ID, "cart");
    let (made, _) = webhook.admit(&bound_pod()).await;
    assert!(!variables(&made).contains(THIRD));
    let calls = webhook.fake.calls();
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.starts_with("list "))
            .count(),
        3,
        "{calls:?}"
    );
    let mut other = bound_pod();
    other["metadata"]["labels"]["aadpodidbinding"] = "other".into();
    let (_, text) = webhook.admit(&other).await;
    assert!(text.contains("no AzureIdentityBinding of the pod's own namespace selects that"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_app_registration_has_its_own_tenant_and_needs_no_secret() {
    let webhook = adopting(&[]);
    let password = json!({"name": "hunter2", "namespace": "shop"});
    let spec = json!({"type": 1, "clientID": ID, "tenantID": THIRD, "clientPassword": password});
    webhook.identity("shop", "app", &spec);
    webhook.binding("shop", "app", "cart");
    let spec = json!({"type": 2, "clientID": OTHER, "tenantID": THIRD, "adEndpoint": "https://login.microsoftonline.us"});
    webhook.identity("shop", "robot", &spec);
    webhook.binding("shop", "robot", "cart");
    let (made, text) = webhook.admit(&bound_pod()).await;
    assert!(!made.to_string().contains("hunter2") && !text.contains("hunter2"));
    insta::assert_snapshot!(variables(&made), @r#"
    AZURE_CLIENT_ID=11111111-1111-1111-1111-111111111111
    AZURE_TENANT_ID=contoso.com
    WISP_IDENTITIES=[{"client_id":"11111111-1111-1111-1111-111111111111","name":"app","tenant_id":"33333333-3333-3333-3333-333333333333"},{"client_id":"22222222-2222-2222-2222-222222222222","name":"robot","tenant_id":"33333333-3333-3333-3333-333333333333"}]
    "#);
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("warning"))
        .collect();
    insta::assert_snapshot!(warnings.join("\n"), @r"
    warning: Each AzureIdentity needs a federated credential with subject `system:serviceaccount:shop:cart`: `shop/app`, …
    warning: `shop/robot`. Whether they have one cannot be seen from here.
    warning: The pod has 2 identities. Requests that name none get `shop/app`, where pod-managed identity took any.
    warning: Annotation `wisp/client-id` chooses another.
    warning: AzureIdentity `shop/app` is an app registration: its secret is not used any more.
    warning: AzureIdentity `shop/robot` is an app registration: its certificate is not used any more.
    warning: `adEndpoint` of AzureIdentity `shop/robot` is https://login.microsoftonline.us, but tokens are asked for at …
    warning: https://login.microsoftonline.com. `authority` chooses another.
    ");
    assert!(
        warnings
            .iter()
            .all(|line| line.chars().count() <= 120 + "warning: ".len())
    );
}

#[tokio::test(start_paused = true)]
async fn the_tenant_comes_from_the_service_account_then_the_webhook() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    webhook.account("cart", &json!({"azure.workload.identity/tenant-id": "fabrikam.com"}));
    assert!(variables(&webhook.admit(&bound_pod()).await.0).contains("AZURE_TENANT_ID=fabrikam.com"));
    webhook.account("cart", &json!({"azure.workload.identity/tenant-id": "no tenant"}));
    let mut texts = vec![webhook.admit(&bound_pod()).await.1];
    let without = Webhook { adoption: webhook.adoption, ..Webhook::new(&[]) };
    without.namespace(&json!({"wisp/adopt": "true"}));
    without.bound("shop", "orders", ID, "cart");
    without.account("cart", &json!({}));
    texts.push(without.admit(&bound_pod()).await.1);
    insta::assert_snapshot!(texts.join("\n"), @r#"
    allowed: false
    403 "Forbidden": metadata.labels.aadpodidbinding: annotation `azure.workload.identity/tenant-id` of ServiceAccount `shop/cart` cannot be `no tenant`: expected a tenant's GUID or its domain name; correct it

    allowed: false
    403 "Forbidden": metadata.labels.aadpodidbinding: no tenant: AzureIdentity `shop/orders` is a managed identity, whose object names none; start the webhook with `--tenant-id`, or annotate ServiceAccount `shop/cart` with `azure.workload.identity/tenant-id`
    "#);
    // Others may name it.
    let mut annotated = bound_pod();
    annotated["metadata"]["annotations"]["wisp/tenant-id"] = "fabrikam.com".into();
    assert!(variables(&without.admit(&annotated).await.0).contains("AZURE_TENANT_ID=fabrikam.com"));
    let mut configured = bound_pod();
    configured["metadata"]["annotations"]["wisp/settings-from"] = "configmap/tenant".into();
    assert!(
        without
            .admit(&configured)
            .await
            .1
            .starts_with("allowed: true")
    );
}

#[tokio::test(start_paused = true)]
async fn what_all_pods_are_given_is_no_obstacle() {
    let identities = r#"{"other": {"client_id": "44444444-4444-4444-4444-444444444444"}}"#;
    let mut webhook = adopting(&[("mode", "env")]);
    webhook.options.config_map = Some("wisp".into());
    webhook.options.tenant_id = None;
    webhook
        .options
        .settings
        .set(
            crate::operator::inject::settings::SettingFlag::Set,
            "WISP_IDENTITIES",
            identities,
            crate::operator::inject::settings::SetBy::Flag(
                crate::operator::inject::settings::SettingFlag::Set,
                "WISP_IDENTITIES".into(),
            ),
        )
        .unwrap();
    webhook.bound("shop", "orders", ID, "cart");
    let (made, text) = webhook.admit(&bound_pod()).await;
    assert!(text.contains("audit mode: redirect"), "adopted pods ask 169.254.169.254: {text}");
    insta::assert_snapshot!(variables(&made), @r#"
    AZURE_CLIENT_ID=11111111-1111-1111-1111-111111111111
    WISP_IDENTITIES=[{"client_id":"11111111-1111-1111-1111-111111111111","name":"orders","resource_id":"/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders"}]
    "#);
    let sidecar = crate::operator::inject::container(&made, "wisp").unwrap();
    assert_eq!(sidecar["envFrom"], json!([{"configMapRef": {"name": "wisp"}}]));
}

#[tokio::test(start_paused = true)]
async fn a_mode_that_leaves_the_address_alone_is_warned_of() {
    let mut webhook = adopting(&[]);
    webhook.adoption = Some(AdoptionConfig { mode: Mode::Env, ..AdoptionConfig::default() });
    webhook.bound("shop", "orders", ID, "cart");
    let (_, text) = webhook.admit(&bound_pod()).await;
    assert!(text.contains("audit mode: env"), "{text}");
    let warning = text.lines().find(|line| line.contains("169.254.169.254"));
    insta::assert_snapshot!(warning.unwrap(), @"warning: Mode `env` does not reach clients that ask 169.254.169.254: they ask NMI or the node as before.");
}

#[tokio::test(start_paused = true)]
async fn who_the_pod_runs_as_is_looked_at() {
    let webhook = adopting(&[]);
    webhook.bound("shop", "orders", ID, "cart");
    let mut other = bound_pod();
    other["spec"]["serviceAccountName"] = "absent".into();
    let mut shared = bound_pod();
    shared["spec"]["serviceAccountName"] = "default".into();
    webhook.account("default", &json!({"azure.workload.identity/client-id": OTHER}));
    let texts = [webhook.admit(&other).await.1, webhook.admit(&shared).await.1];
    let lines: Vec<_> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.starts_with("warning"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    warning: AzureIdentity `shop/orders` needs a federated credential with subject `system:serviceaccount:shop:absent`.
    warning: Whether it has one cannot be seen from here.
    warning: ServiceAccount `shop/absent` is not there, and the pod cannot start before it is. Create it.
    warning: The client id is `11111111-1111-1111-1111-111111111111` by `client-id`, but ServiceAccount `shop/default` says …
    warning: `22222222-2222-2222-2222-222222222222` in annotation `azure.workload.identity/client-id`.
    warning: Make both the same, or remove the annotation.
    warning: Every pod of the namespace that names no service account runs as `default`, and so can use the identity of this one.
    warning: Give the application an account of its own.
    warning: AzureIdentity `shop/orders` needs a federated credential with subject `system:serviceaccount:shop:default`.
    warning: Whether it has one cannot be seen from here.
    ");
}

#[tokio::test(start_paused = true)]
async fn many_pods_at_once_share_one_listing() {
    let webhook = adopting(&[]);
    for number in 0..600 {
        webhook.bound(
            "zoo",
            &format!("n{number}"),
            &format!("44444444-4444-4444-4444-{number:012}"),
            "other",
        );
    }
    webhook.bound("shop", "orders", ID, "cart");
    webhook.fake.calls();
    let answers = webhook.answers(&vec![bound_pod(); 50]).await;
    assert!(answers.iter().all(|answer| patch(answer).is_some()));
    let calls = webhook.fake.calls();
    let lists: Vec<_> = calls
        .iter()
        .filter(|call| call.starts_with("list "))
        .collect();
    // Three pages of each of two kinds, and one of the third.
    assert_eq!(lists.len(), 7, "{lists:?}");
}
