//! Jobs that ask in place of us.

use serde_json::{Value, json};

use super::{Lab, ORDERS, TENANT, put};
use crate::operator::cluster::{Object, Verb};

/// Has Jobs end at once, and their pods print this. What was made of the first is in the fake until it is removed.
fn end_jobs(lab: &Lab, printed: &str, status: Value) {
    let (fake, printed) = (lab.fake.clone(), printed.to_owned());
    lab.fake.when_created("jobs", move |_, body| {
        let mut job = body.clone();
        job["status"] = status.clone();
        Ok(job)
    });
    // Names are made of the lab's chance: the first two.
    for number in 0..2 {
        let name = format!("wisp-verify-{number:08x}");
        let pod = format!("{name}-x");
        let owners = json!([{"kind": "Job", "name": name, "controller": true}]);
        let status = json!({"phase": "Succeeded"});
        put(
            &fake,
            ("api/v1", "pods", "Pod"),
            &pod,
            &json!({"metadata": {"ownerReferences": owners}, "spec": {}, "status": status}),
        );
        fake.put_text(&Object::pod_log("shop", &pod), Ok(&printed));
    }
}

fn by_job(lab: &mut Lab) {
    lab.request.by_job = true;
    lab.request.image = Some("registry.example/wispctl:1".to_owned());
}

fn printed(lab: &Lab) -> String {
    let now = super::EPOCH;
    let asked = json!({
        "presented": {
            "issuer": lab.issuer, "subject": "system:serviceaccount:shop:orders", "audiences": ["api://AzureADTokenExchange"],
            "issued": now, "expires": now + 600, "keyId": null,
        },
        "at": now,
        "tokens": [{
            "clientId": ORDERS, "waitedSeconds": 4, "error": null, "description": null,
            "claims": {"objectId": super::OBJECT, "tenantId": TENANT, "audience": "https://management.azure.com", "applicationId": ORDERS},
        }],
    });
    format!("a line before it\n{asked}\n")
}

#[tokio::test]
async fn a_job_asks_where_we_may_not_and_is_removed() {
    let mut lab = Lab::new().await;
    by_job(&mut lab);
    lab.fake.forbid(Verb::Create, "serviceaccounts/token", true);
    let text = printed(&lab);
    end_jobs(&lab, &text, json!({"succeeded": 1}));
    let verification = lab.verify().await;
    let open: Vec<_> = verification
        .checks()
        .filter(|(_, check)| check.outcome.is_open())
        .collect();
    // The token names no key here.
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(verification.workloads[0].tokens.len(), 1);
    let calls = lab.fake.calls();
    assert!(calls.contains(&"create Job shop/wisp-verify-00000000".to_owned()), "{calls:?}");
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.starts_with("delete Job"))
            .count(),
        1,
        "{calls:?}"
    );
    assert!(
        lab.fake
            .get(&Object::job("shop", "wisp-verify-00000000"))
            .is_none()
    );
}

#[tokio::test]
async fn a_job_is_short_and_has_no_rights() {
    let mut lab = Lab::new().await;
    by_job(&mut lab);
    let made = std::sync::Arc::new(parking_lot::Mutex::new(Value::Null));
    let seen = made.clone();
    lab.fake.when_created("jobs", move |_, body| {
        *seen.lock() = body.clone();
        Err(403)
    });
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: token unchecked: the API server refuses `create` of Job shop/wisp-verify-00000000; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `create` on `jobs`");
    let made = serde_json::to_string_pretty(&*made.lock()).unwrap();
    let (_, port) = lab.emulator.authority().rsplit_once(':').unwrap();
    insta::assert_snapshot!(made.replace(port, "PORT"), @r#"
    {
      "apiVersion": "batch/v1",
      "kind": "Job",
      "metadata": {
        "labels": {
          "app.kubernetes.io/managed-by": "wispctl",
          "app.kubernetes.io/name": "wisp-verify"
        },
        "name": "wisp-verify-00000000",
        "namespace": "shop"
      },
      "spec": {
        "activeDeadlineSeconds": 240,
        "backoffLimit": 0,
        "template": {
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "wispctl",
              "app.kubernetes.io/name": "wisp-verify",
              "wisp/adopt": "false",
              "wisp/inject": "false"
            }
          },
          "spec": {
            "automountServiceAccountToken": false,
            "containers": [
              {
                "args": [
                  "migrate",
                  "ask",
                  "--token-file=/var/run/secrets/wisp/token",
                  "--authority=https://localhost:PORT",
                  "--timeout=120s",
                  "--resource=https://management.azure.com/.default",
                  "--identity=11111111-aaaa-4aaa-8aaa-111111111111/22222222-bbbb-4bbb-8bbb-222222222222"
                ],
                "image": "registry.example/wispctl:1",
                "name": "ask",
                "resources": {
                  "limits": {
                    "memory": "64Mi"
                  },
                  "requests": {
                    "cpu": "10m",
                    "memory": "32Mi"
                  }
                },
                "securityContext": {
                  "allowPrivilegeEscalation": false,
                  "capabilities": {
                    "drop": [
                      "ALL"
                    ]
                  },
                  "readOnlyRootFilesystem": true
                },
                "volumeMounts": [
                  {
                    "mountPath": "/var/run/secrets/wisp",
                    "name": "token",
                    "readOnly": true
                  }
                ]
              }
            ],
            "enableServiceLinks": false,
            "nodeSelector": {
              "kubernetes.io/os": "linux"
            },
            "restartPolicy": "Never",
            "securityContext": {
              "fsGroup": 54254,
              "runAsGroup": 54254,
              "runAsNonRoot": true,
              "runAsUser": 54254,
              "seccompProfile": {
                "type": "RuntimeDefault"
              }
            },
            "serviceAccountName": "orders",
            "volumes": [
              {
                "name": "token",
                "projected": {
                  "sources": [
                    {
                      "serviceAccountToken": {
                        "audience": "api://AzureADTokenExchange",
                        "expirationSeconds": 600,
                        "path": "token"
                      }
                    }
                  ]
                }
              }
            ]
          }
        },
        "ttlSecondsAfterFinished": 60
      }
    }
    "#);
}

#[tokio::test]
async fn a_job_that_does_not_end_is_told_and_removed() {
    let mut lab = Lab::new().await;
    by_job(&mut lab);
    end_jobs(&lab, "", json!({}));
    let pod = "wisp-verify-00000000-x";
    let owners = json!([{"kind": "Job", "name": "wisp-verify-00000000"}]);
    let waiting = json!({"reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.example/wispctl:1\""});
    let status =
        json!({"phase": "Pending", "containerStatuses": [{"name": "ask", "state": {"waiting": waiting}}]});
    put(
        &lab.fake,
        ("api/v1", "pods", "Pod"),
        pod,
        &json!({"metadata": {"ownerReferences": owners}, "spec": {}, "status": status}),
    );
    insta::assert_snapshot!(lab.open().await, @r#"- Deployment shop/orders: token unchecked: Job shop/wisp-verify-00000000 did not end within 240 s: its pod waits: ImagePullBackOff Back-off pulling image \"registry.example/wispctl:1\""#);
    assert!(
        lab.fake
            .get(&Object::job("shop", "wisp-verify-00000000"))
            .is_none()
    );
}

#[tokio::test]
async fn what_is_no_answer_is_told_and_what_cannot_be_removed() {
    let mut lab = Lab::new().await;
    by_job(&mut lab);
    end_jobs(&lab, "exec /wisp: no such command\n", json!({"failed": 1}));
    lab.fake.forbid(Verb::Delete, "jobs", true);
    insta::assert_snapshot!(lab.text().await, @"
    Stage `before`: 1 workload, 0 of them proven.
    Checks: 2 proven, 0 failed, 1 unchecked, 0 skipped.
    Every check: `--output markdown`; all of it: `--output json`.

    Not proven
    - Deployment shop/orders: token unchecked: the Job did not print what it found: exec /wisp: no such command; see that `--image` is an image of wispctl of this version

    Not removed
    - Job shop/wisp-verify-00000000 is left, and the cluster removes it a minute after its end: the API server refuses `delete` of Job shop/wisp-verify-00000000; give its service account a Role in namespace `shop` (or a ClusterRole) that allows `delete` on `jobs` with resource name `wisp-verify-00000000`
    error: 1 check could not be made: see `Not proven`
    error: 1 object not removed: see `Not removed`
    ");
    // A signal comes in the meantime: what is left is removed by whoever ends it.
    lab.fake.forbid(Verb::Delete, "jobs", false);
    assert!(lab.jobs.sweep(&lab.fake).await.is_empty());
    assert!(
        lab.fake
            .get(&Object::job("shop", "wisp-verify-00000000"))
            .is_none()
    );
}
