//! Static secrets that are left, in both forms of the report.

use serde_json::json;

use super::{ONE, account, facts, list, pod};
use crate::operator::audit::{audit, json, text};

#[test]
fn secrets_that_are_left_are_named_and_their_values_are_not() {
    let mut pod = pod("shop", "orders");
    pod["spec"]["containers"][0]["env"] = json!([
        {"name": "AZURE_CLIENT_SECRET", "value": "hunter2"},
        {"name": "AZURE_CLIENT_ID", "value": "x"},
        {"name": "AZURE_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"replicas": 0, "template": {"spec": pod["spec"]}},
    });
    let facts = facts(None, &[list(&[pod, deployment, account("shop", "orders", ONE)])]);
    let (found, debug) = (audit(&facts), format!("{facts:?}"));
    let whole = text(&found, &facts) + &json(&found, &facts) + &debug;
    assert!(!whole.contains("hunter2"), "{whole}");
    insta::assert_snapshot!(text(&found, &facts), @"
    error: static-secret: Deployment shop/web: container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Deployment shop/web: container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Pod shop/orders: container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it
    error: static-secret: Pod shop/orders: container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it
    not checked: subject-unknown, subject-malformed, issuer-spelling, audience-wrong, credential-twice, credential-missing, credential-not-seen, credentials-full, identity-shared: no federated credential was read (`az identity federated-credential list -o json`, for each identity)
    not checked: credential-missing, credential-not-seen, client-id-is-principal-id, client-id-unknown: no identity was read (`az identity list -o json`)
    not checked: environment-shared: no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label
    not checked: role-grants, role-broad, role-wide: no role assignment was read (`az role assignment list --all -o json`)
    errors 4, warnings 0; accounts 1, workloads 2, identities 0, credentials 0, roles 0; issuer not known
    ");
    insta::assert_snapshot!(json(&found, &facts), @r#"
    {
      "findings": [
        {
          "about": "Deployment shop/web",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it"
        },
        {
          "about": "Deployment shop/web",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it"
        },
        {
          "about": "Pod shop/orders",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_CLIENT_SECRET`: a client secret; SDKs take it before an identity: remove it, then revoke it"
        },
        {
          "about": "Pod shop/orders",
          "id": "static-secret",
          "level": "error",
          "meaning": "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity",
          "text": "container `app`, variable `AZURE_PASSWORD`, from Secret s, key `k`: a password; SDKs take it before an identity: remove it, then revoke it"
        }
      ],
      "issuer": null,
      "notChecked": [
        {
          "ids": [
            "subject-unknown",
            "subject-malformed",
            "issuer-spelling",
            "audience-wrong",
            "credential-twice",
            "credential-missing",
            "credential-not-seen",
            "credentials-full",
            "identity-shared"
          ],
          "reason": "no federated credential was read (`az identity federated-credential list -o json`, for each identity)"
        },
        {
          "ids": [
            "credential-missing",
            "credential-not-seen",
            "client-id-is-principal-id",
            "client-id-unknown"
          ],
          "reason": "no identity was read (`az identity list -o json`)"
        },
        {
          "ids": [
            "environment-shared"
          ],
          "reason": "no namespace with a label `environment` or `env` was read (`kubectl get namespaces -o json`); `--environment-label` names another label"
        },
        {
          "ids": [
            "role-grants",
            "role-broad",
            "role-wide"
          ],
          "reason": "no role assignment was read (`az role assignment list --all -o json`)"
        }
      ],
      "notRead": [],
      "read": {
        "accounts": 1,
        "credentials": 0,
        "identities": 0,
        "roles": 0,
        "workloads": 2
      },
      "version": 1
    }
    "#);
}
