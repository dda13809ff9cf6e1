//! A cluster read from end to end, and what hinders it.

use serde_json::{Value, json};

use super::kinds::{OTHERS, OWN};

use crate::operator::{
    cluster::{Collection, NAMESPACES, Object, fake::Fake},
    migrate::{
        inventory::{Inventory, Progress, Reader, Request, render::render},
        tables::Form,
    },
};

/// An identity in a namespace of its own, bound to a Deployment with a pod.
fn cluster() -> Fake {
    let fake = Fake::new();
    let put = |root, resource, kind, namespace, name: &str, rest: Value| {
        let mut object = json!({"metadata": {"namespace": namespace, "name": name}});
        for (key, value) in rest.as_object().unwrap() {
            if key == "metadata" {
                object[key]
                    .as_object_mut()
                    .unwrap()
                    .extend(value.as_object().unwrap().clone());
            } else {
                object[key] = value.clone();
            }
        }
        fake.put_into(&Collection::at(root, resource, kind, Some(namespace)), name, object);
    };
    let pod_identity = "apis/aadpodidentity.k8s.io/v1";
    let id = "11111111-1111-1111-1111-111111111111";
    put(pod_identity, "azureidentities", "AzureIdentity", "ids", "orders", json!({"spec": {"clientID": id}}));
    let binding = json!({"spec": {"azureIdentity": "orders", "selector": "orders"}});
    put(pod_identity, "azureidentitybindings", "AzureIdentityBinding", "ids", "orders", binding);
    let assigned = json!({"spec": {"azureIdentityRef": {"metadata": {"name": "orders", "namespace": "ids"}}, "pod": "orders-1", "podNamespace": "shop"}});
    put(pod_identity, "azureassignedidentities", "AzureAssignedIdentity", "default", "a", assigned);
    let labels = json!({"aadpodidbinding": "orders"});
    let spec = json!({"serviceAccountName": "orders", "containers": [{"name": "app", "envFrom": [{"secretRef": {"name": "creds"}}]}]});
    put(
        "apis/apps/v1",
        "deployments",
        "Deployment",
        "shop",
        "orders",
        json!({"spec": {"template": {"metadata": {"labels": labels}, "spec": spec}}}),
    );
    let owner =
        json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders", "controller": true}]);
    put(
        "api/v1",
        "pods",
        "Pod",
        "shop",
        "orders-1",
        json!({"metadata": {"labels": labels, "ownerReferences": owner}, "spec": spec}),
    );
    put("api/v1", "secrets", "Secret", "shop", "creds", json!({"data": {"AZURE_CLIENT_SECRET": "bWFya2Vk"}}));
    fake.put(
        &Object::namespace("shop"),
        json!({"metadata": {"name": "shop", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}),
    );
    fake
}

async fn inventory(fake: &Fake, namespace: Option<&str>, has_secrets: bool) -> Inventory {
    let request = Request { namespace: namespace.map(str::to_owned), ..Request::default() };
    let mut reader = Reader::new(request, Progress::silent());
    reader.cluster(fake, has_secrets).await;
    reader.finish()
}

fn unread(inventory: &Inventory) -> String {
    let lines = inventory
        .unread
        .iter()
        .map(|unread| format!("{}: {}", unread.origin, unread.reason));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_cluster_is_read_and_nothing_is_written() {
    let fake = cluster();
    let found = inventory(&fake, None, false).await;
    insta::assert_snapshot!(render(&found, Form::Text), @"
    6 objects read: 1 AzureIdentity, 1 binding, 0 exceptions, 1 workload concerned and 0 not, 0 dependents, 0 static secrets, 0 not read.
    Matching: standard (no sign of managed mode or of `forceNamespaced` in what was read).
    
    Workloads
    NAMESPACE  WORKLOAD           ACCOUNT  LABEL   IDENTITY                                 STATE  PODS  PREFLIGHT
    shop       Deployment orders  orders   orders  ids/orders (managed, across namespaces)  runs   1     Pod Security restricted
    
    AzureIdentities
    NAMESPACE  NAME    CREDENTIAL  CLIENT ID                             BINDINGS  WORKLOADS  MANAGED BY  READ AT
    ids        orders  managed     11111111-1111-1111-1111-111111111111  orders    1          user        cluster
    
    AzureIdentityBindings
    NAMESPACE  NAME    SELECTOR  IDENTITY  WORKLOADS  MANAGED BY  READ AT
    ids        orders  orders    orders    1          user        cluster
    
    AzureAssignedIdentities
    POD            IDENTITY    STATUS  WORKLOAD
    shop/orders-1  ids/orders  -       Deployment shop/orders
    
    Notes
    - Secrets that pods take in were not read, so nobody knows whether they have static secrets in them: shop/creds
    ");
    let calls = fake.calls();
    assert!(calls.iter().all(|call| call.starts_with("list ")), "{calls:?}");
    assert!(!calls.iter().any(|call| call.starts_with("list secrets ")), "secrets are read unasked");
}

#[tokio::test(start_paused = true)]
async fn secrets_are_read_where_that_is_asked_for() {
    let found = inventory(&cluster(), None, true).await;
    let names: Vec<_> = found
        .static_secrets
        .iter()
        .map(|secret| format!("{} {}", secret.object, secret.location))
        .collect();
    insta::assert_snapshot!(names.join("\n"), @"
    Deployment shop/orders container `app`, envFrom
    Secret shop/creds key `AZURE_CLIENT_SECRET`
    ");
    assert!(!format!("{found:?}").contains("bWFya2Vk") && !format!("{found:?}").contains("marked"));
}

#[tokio::test(start_paused = true)]
async fn one_namespace_has_bindings_of_all() {
    let fake = cluster();
    let found = inventory(&fake, Some("shop"), false).await;
    assert_eq!((unread(&found).as_str(), found.workloads[0].identities.len()), ("", 1));
    assert_eq!(found.workloads[0].pod_security.as_deref(), Some("restricted"));
    let found = inventory(&fake, Some("bills"), false).await;
    insta::assert_snapshot!(unread(&found), @"cluster: Namespace bills is not there");
    assert!(found.workloads.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_listed() {
    let fake = cluster();
    for resource in ["azureidentitybindings", "pods"] {
        fake.forbid_list(resource, true);
    }
    let found = inventory(&fake, None, false).await;
    insta::assert_snapshot!(unread(&found), @"
    cluster: the API server refuses `list` of all objects of kind AzureIdentityBinding; give its service account a ClusterRole that allows `list` on `azureidentitybindings`
    cluster: the API server refuses `list` of all objects of kind Pod; give its service account a ClusterRole that allows `list` on `pods`
    ");
    assert_eq!((found.identities.len(), found.workloads.len()), (1, 1), "the rest is there");
    let found = inventory(&fake, Some("shop"), false).await;
    insta::assert_snapshot!(unread(&found), @"
    cluster: the API server refuses `list` of all objects of kind AzureIdentityBinding; give its service account a ClusterRole that allows `list` on `azureidentitybindings`
    cluster: the API server refuses `list` of the objects of kind AzureIdentityBinding in namespace shop; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `list` on `azureidentitybindings`
    cluster: the API server refuses `list` of the objects of kind Pod in namespace shop; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `list` on `pods`
    ");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_leaves_is_asked_no_more() {
    let fake = cluster();
    fake.leave_after(4);
    let found = inventory(&fake, None, false).await;
    insta::assert_snapshot!(unread(&found), @"
    cluster: cannot reach the API server at https://fake: connection refused
    cluster: not asked for, since the API server did not answer any more: advancedcronjobs, applications, autoscalingrunnersets, backupstoragelocations, clonesets, clusterissuers, clustersecretstores, clustertriggerauthentications, configmaps, cronjobs, daemonsets, deploymentconfigs, deployments, helmreleases, issuers, jobs, jobsets, kustomizations, pods, rayclusters, replicasets, replicationcontrollers, rollouts, scaledjobs, scheduledsparkapplications, secretproviderclasses, secretstores, services, sparkapplications, statefulsets, triggerauthentications, volumesnapshotlocations
    ");
    assert_eq!(found.identities.len(), 1, "what was read stays");
    let fake = cluster();
    fake.leave_after(0);
    let found = inventory(&fake, None, false).await;
    assert_eq!((found.objects, found.unread.len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_its_kinds_is_told() {
    let fake = cluster();
    for resource in
        ["azureidentities", "azureidentitybindings", "azurepodidentityexceptions", "azureassignedidentities"]
    {
        fake.uninstall(resource, true);
    }
    let found = inventory(&fake, None, false).await;
    assert_eq!(unread(&found), "");
    insta::assert_snapshot!(found.notes.join("\n"), @"
    Secrets that pods take in were not read, so nobody knows whether they have static secrets in them: shop/creds
    the cluster has no kinds of aadpodidentity.k8s.io: pod-managed identity is not installed, or no more
    ");
}

#[test]
fn the_guide_has_a_role_for_all_that_is_asked_for() {
    let page = include_str!("../../../../../docs/migrate.md");
    let (_, role) = page.split_once("kind: ClusterRole").unwrap();
    let (role, _) = role.split_once("```").unwrap();
    for kind in OWN.iter().chain(OTHERS).chain([&NAMESPACES]) {
        let group = kind.roots[0]
            .trim_start_matches("apis/")
            .split('/')
            .next()
            .unwrap();
        let is_own = OWN
            .iter()
            .chain([&NAMESPACES])
            .any(|own| own.resource == kind.resource && own.roots == kind.roots);
        let words: Vec<_> = role
            .split(|letter: char| " ,[]\n".contains(letter))
            .collect();
        assert!(words.contains(&if group == "api" { "\"\"" } else { group }), "{group}");
        assert!(!is_own || words.contains(&kind.resource), "{}", kind.resource);
    }
    // A namespace that is chosen is read by its name.
    assert!(role.contains("resources: [namespaces], verbs: [get, list]"), "{role}");
}
