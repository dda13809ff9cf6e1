//! What is said, and where things are.

use std::time::Duration;

use super::{ApiError, Call, Page, Verb};
use crate::operator::cluster::{Collection, Object};

#[test]
fn what_is_missing_is_named() {
    let secret = Object::secret("wisp-system", "wisp-webhook-tls");
    let webhooks = Object::mutating_webhooks("wisp-webhook");
    let call = |verb, object| Call { verb, object, body: None, timeout: Duration::from_secs(5) };
    let errors = [
        ApiError::of(call(Verb::Update, &secret), 403, "no"),
        ApiError::of(call(Verb::Create, &secret), 403, "no"),
        ApiError::of(call(Verb::Get, &webhooks), 403, "no"),
        ApiError::of(call(Verb::Get, &Object::service_account("shop", "cart")), 403, "no"),
        ApiError::of(call(Verb::Get, &webhooks), 404, "no"),
        ApiError::of(call(Verb::Update, &webhooks), 409, "no"),
        ApiError::of(call(Verb::Get, &webhooks), 401, "no"),
        ApiError::of(call(Verb::Create, &Object::token("shop", "cart")), 403, "no"),
        ApiError::of(call(Verb::Create, &Object::token("shop", "cart")), 404, "no"),
        ApiError::of(call(Verb::Create, &Object::job("shop", "a")), 403, "no"),
        ApiError::of(call(Verb::Delete, &Object::job("shop", "a")), 404, "no"),
        ApiError::of(call(Verb::Get, &Object::pod_log("shop", "a")), 403, "no"),
        ApiError::of(call(Verb::Get, &Object::pod_metrics("shop", "a", 4255)), 403, "no"),
        ApiError::of(call(Verb::Create, &secret), 404, "namespaces \"wisp-system\"\nnot found"),
        ApiError::of(call(Verb::Delete, &secret), 403, "no"),
        ApiError::of(call(Verb::Patch, &secret), 404, "no"),
        ApiError::of(
            call(Verb::Patch, &secret),
            403,
            "admission webhook \"a.example\" denied the request: no",
        ),
        ApiError::of(call(Verb::Create, &secret), 403, "because it is being terminated"),
        ApiError::timed_out(call(Verb::Get, &secret)),
        ApiError::Unreachable { server: "https://10.0.0.1:443".into(), reason: "refused".into() },
    ];
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"), @r#"
    the API server refuses `update` of Secret wisp-system/wisp-webhook-tls; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `update` on `secrets` with resource name `wisp-webhook-tls`
    the API server refuses `create` of Secret wisp-system/wisp-webhook-tls; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `create` on `secrets`
    the API server refuses `get` of MutatingWebhookConfiguration wisp-webhook; give its service account a ClusterRole that allows `get` on `mutatingwebhookconfigurations` with resource name `wisp-webhook`
    the API server refuses `get` of ServiceAccount shop/cart; give its service account a ClusterRole that allows `get` on `serviceaccounts`
    MutatingWebhookConfiguration wisp-webhook is not there
    MutatingWebhookConfiguration wisp-webhook was written by another process meanwhile
    the API server does not accept the credentials of this process for MutatingWebhookConfiguration wisp-webhook; check the service account token or the kubeconfig
    the API server refuses `create` of a token of ServiceAccount shop/cart; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `create` on `serviceaccounts/token` with resource name `cart`
    a token of ServiceAccount shop/cart is not there
    the API server refuses `create` of Job shop/a; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `create` on `jobs`
    Job shop/a is not there
    the API server refuses `get` of the log of Pod shop/a; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `get` on `pods/log`
    the API server refuses `get` of the metrics of Pod shop/a:4255; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `get` on `pods/proxy`
    the API server answered `create` of Secret wisp-system/wisp-webhook-tls with status 404: namespaces \"wisp-system\"\nnot found; see that its namespace is there and its kind is served
    the API server refuses `delete` of Secret wisp-system/wisp-webhook-tls; give its service account a Role in namespace `wisp-system` (or a ClusterRole) that allows `delete` on `secrets` with resource name `wisp-webhook-tls`
    Secret wisp-system/wisp-webhook-tls is not there
    the API server does not take `patch` of Secret wisp-system/wisp-webhook-tls: admission webhook \"a.example\" denied the request: no; ask who runs that webhook, or change what it minds
    the API server does not take `create` of Secret wisp-system/wisp-webhook-tls: because it is being terminated; its namespace is being deleted: leave that out
    the API server did not answer within 5 s to `get` of Secret wisp-system/wisp-webhook-tls; check the network between this process and it
    cannot reach the API server at https://10.0.0.1:443: refused
    "#);
}

#[test]
fn what_is_missing_for_a_list_is_named() {
    let (all, some) = (Collection::azure_identities(None), Collection::azure_identity_bindings(Some("shop")));
    let page = |collection| Page { collection, limit: 100, after: None, timeout: Duration::from_secs(2) };
    let errors = [
        ApiError::of_page(page(&all), 403, "no"),
        ApiError::of_page(page(&some), 403, "no"),
        ApiError::of_page(page(&all), 404, "no"),
        ApiError::of_page(page(&all), 401, "no"),
        ApiError::of_page(page(&some), 410, "The provided continue parameter is too old"),
        ApiError::page_timed_out(page(&all)),
        ApiError::TooLarge { server: "https://10.0.0.1:443".into(), mebibytes: 3 },
    ];
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"), @r"
    the API server refuses `list` of all objects of kind AzureIdentity; give its service account a ClusterRole that allows `list` on `azureidentities`
    the API server refuses `list` of the objects of kind AzureIdentityBinding in namespace shop; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `list` on `azureidentitybindings`
    all objects of kind AzureIdentity is not there
    the API server does not accept the credentials of this process for all objects of kind AzureIdentity; check the service account token or the kubeconfig
    the API server answered `list` of the objects of kind AzureIdentityBinding in namespace shop with status 410: The provided continue parameter is too old; it has forgotten where the list was: try again
    the API server did not answer within 2 s to `list` of all objects of kind AzureIdentity; check the network between this process and it
    the answer of the API server at https://10.0.0.1:443 is larger than 3 MiB
    ");
}
