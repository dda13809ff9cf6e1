//! Identities, with whatever is known of each.

use serde_json::{Value, json};

use super::{inventory, render};
use crate::operator::{
    audit::Reading,
    migrate::{inventory::Progress, tables::Form},
};

const IDS: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities";

fn rendered(issuer: Option<&str>, dumps: &[Value]) -> String {
    let mut reading = Reading::new(issuer, None, Progress::silent());
    for (index, dump) in dumps.iter().enumerate() {
        reading.file(&format!("{index}.json"), dump.to_string().as_bytes());
    }
    render(&inventory(&reading.finish()), Form::Text)
}

#[test]
fn what_only_one_side_knows_is_there_too() {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"namespace": "shop", "name": "lost", "annotations": {"azure.workload.identity/client-id": "90000000-0000-0000-0000-00000000000A"}},
    });
    let credential = json!({
        "id": format!("{IDS}/gone/federatedIdentityCredentials/c"), "name": "c", "issuer": "https://one.example/",
        "subject": "system:serviceaccount:elsewhere:web", "audiences": ["api://AzureADTokenExchange"],
    });
    let of_application = json!({
        "id": "77777777-7777-7777-7777-777777777777", "name": "pipeline", "issuer": "https://two.example/",
        "subject": "repo:o/r:ref:refs/heads/main", "audiences": ["api://AzureADTokenExchange"],
    });
    insta::assert_snapshot!(rendered(Some("https://one.example/"), &[account, credential, of_application]), @"
    2 identities, 2 federated credentials, 1 service account, 0 workloads, 0 role assignments, 0 not read.
    Issuer of the cluster: https://one.example/.
    Nothing was read of identities (`az identity list -o json`), of workloads (`kubectl get pods -A -o json`), of roles (`az role assignment list --all -o json`).

    Identities
    IDENTITY                              CLIENT ID                             PRINCIPAL ID  CREDENTIALS  ACCOUNTS  WORKLOADS  ROLES  ENVIRONMENT  OWNER  RESOURCE ID
    gone                                  -                                     -             1            1         0          -      -            -      /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gone
    90000000-0000-0000-0000-00000000000a  90000000-0000-0000-0000-00000000000a  -             0            1         0          -      -            -      -

    Federated credentials
    IDENTITY            CREDENTIAL  SUBJECT                              AUDIENCE                    CLUSTER  ISSUER
    gone                c           system:serviceaccount:elsewhere:web  api://AzureADTokenExchange  this     https://one.example/
    (app registration)  pipeline    repo:o/r:ref:refs/heads/main         api://AzureADTokenExchange  another  https://two.example/

    Service accounts
    ACCOUNT        IDENTITY                              IN THE CLUSTER  NAMES IT  HAS A CREDENTIAL  ENVIRONMENT  OWNER  WORKLOADS
    elsewhere/web  gone                                  not known       no        yes               -            -      -
    shop/lost      90000000-0000-0000-0000-00000000000a  yes             yes       no                -            -      -
    ");
}

#[test]
fn what_was_not_read_is_told() {
    insta::assert_snapshot!(rendered(None, &[json!({"name": "x"})]), @"
    0 identities, 0 federated credentials, 0 service accounts, 0 workloads, 0 role assignments, 1 not read.
    Issuer of the cluster: not known; give `--issuer`.
    Nothing was read of identities (`az identity list -o json`), of federated credentials (`az identity federated-credential list -o json`, for each identity), of service accounts (`kubectl get serviceaccounts -A -o json`), of workloads (`kubectl get pods -A -o json`), of roles (`az role assignment list --all -o json`).

    Not read
    - 0.json:1: this is no object of Kubernetes, and none of `az identity list`, `az identity federated-credential list`, `az role assignment list` or a discovery document
    ");
}
