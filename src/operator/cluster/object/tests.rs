//! What is said, and where things are.

use super::{Collection, Object};

#[test]
fn each_kind_has_its_path() {
    let all = [
        Object::secret("ns", "a"),
        Object::service_account("ns", "a"),
        Object::namespace("a"),
        Object::lease("ns", "a"),
        Object::mutating_webhooks("a"),
        Object::job("ns", "a"),
        Object::token("ns", "a"),
        Object::pod_log("ns", "a"),
        Object::pod_metrics("ns", "a", 4255),
        Object::container_log("ns", "a", "wisp", 500, 1024),
        Object::discovery(),
    ];
    let lines = all.map(|object| format!("{object}: {}", object.path()));
    insta::assert_snapshot!(lines.join("\n"), @r"
    Secret ns/a: /api/v1/namespaces/ns/secrets/a
    ServiceAccount ns/a: /api/v1/namespaces/ns/serviceaccounts/a
    Namespace a: /api/v1/namespaces/a
    Lease ns/a: /apis/coordination.k8s.io/v1/namespaces/ns/leases/a
    MutatingWebhookConfiguration a: /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/a
    Job ns/a: /apis/batch/v1/namespaces/ns/jobs/a
    a token of ServiceAccount ns/a: /api/v1/namespaces/ns/serviceaccounts/a/token
    the log of Pod ns/a: /api/v1/namespaces/ns/pods/a/log
    the metrics of Pod ns/a:4255: /api/v1/namespaces/ns/pods/a:4255/proxy/metrics
    the log of Pod ns/a: /api/v1/namespaces/ns/pods/a/log?container=wisp&tailLines=500&limitBytes=1024
    the discovery document openid-configuration: /.well-known/openid-configuration
    ");
}

#[test]
fn each_collection_has_its_path() {
    let all = [
        Collection::azure_identities(None),
        Collection::azure_identity_bindings(Some("ns")),
        Collection::azure_pod_identity_exceptions(None),
        Collection::at("apis/apps/v1", "deployments", "Deployment", Some("ns")),
        Collection::at("api/v1", "pods", "Pod", None),
    ];
    let lines = all.map(|collection| {
        format!("{collection}: {} ({} {})", collection.path(), collection.api_version(), collection.kind())
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    all objects of kind AzureIdentity: /apis/aadpodidentity.k8s.io/v1/azureidentities (aadpodidentity.k8s.io/v1 AzureIdentity)
    the objects of kind AzureIdentityBinding in namespace ns: /apis/aadpodidentity.k8s.io/v1/namespaces/ns/azureidentitybindings (aadpodidentity.k8s.io/v1 AzureIdentityBinding)
    all objects of kind AzurePodIdentityException: /apis/aadpodidentity.k8s.io/v1/azurepodidentityexceptions (aadpodidentity.k8s.io/v1 AzurePodIdentityException)
    the objects of kind Deployment in namespace ns: /apis/apps/v1/namespaces/ns/deployments (apps/v1 Deployment)
    all objects of kind Pod: /api/v1/pods (v1 Pod)
    ");
}
