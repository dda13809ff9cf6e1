//! A Job that asks for tokens in place of us: short, without rights, and gone by itself if nobody removes it.

use serde_json::{Value, json};

use super::{
    evidence::{Asker, LIFETIME},
    world::Request,
};
use crate::{
    names::SIDECAR_UID,
    operator::{inject::options::INJECT, pod_identity::LABEL, webhook::ADOPT},
};

/// The container.
pub(super) const CONTAINER: &str = "ask";

/// How long after its end the cluster removes it by itself, in seconds.
const KEPT: u64 = 60;

/// Where the token of the service account is in it.
const FOLDER: &str = "/var/run/secrets/wisp";

/// The old way, for pods with this label; none for the new way, by the federated credential.
pub(super) type Selector<'a> = Option<&'a str>;

/// The Job `name`, which may run so many seconds.
pub(super) fn manifest(
    name: &str,
    asker: &Asker,
    selector: Selector<'_>,
    request: &Request,
    seconds: u64,
) -> Value {
    let mut arguments = vec!["migrate".to_owned(), "ask".to_owned()];
    let (mut mounts, mut volumes) = (json!([]), json!([]));
    if selector.is_some() {
        arguments.push("--old-way".to_owned());
    } else {
        let timeout = request.timeout.as_secs();
        arguments.push(format!("--token-file={FOLDER}/token"));
        arguments.push(format!("--authority={}", request.authority));
        arguments.push(format!("--timeout={timeout}s"));
        mounts = json!([{"name": "token", "mountPath": FOLDER, "readOnly": true}]);
        let source = json!({"audience": asker.audience, "expirationSeconds": LIFETIME, "path": "token"});
        volumes = json!([{"name": "token", "projected": {"sources": [{"serviceAccountToken": source}]}}]);
    }
    arguments.push(format!("--resource={}", request.resource));
    let identities = asker.identities.iter();
    arguments.extend(identities.map(|(client_id, tenant)| format!("--identity={tenant}/{client_id}")));
    let mut labels = json!({
        "app.kubernetes.io/name": "wisp-verify",
        "app.kubernetes.io/managed-by": "wispctl",
    });
    let job_labels = labels.clone();
    // It is to be asked as a pod without wisp, whatever the namespace wants of its pods.
    labels[INJECT] = "false".into();
    labels[ADOPT] = "false".into();
    if let Some(selector) = selector {
        labels[LABEL] = selector.into();
    }
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": asker.namespace, "labels": job_labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": seconds,
            "ttlSecondsAfterFinished": KEPT,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": asker.account,
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": SIDECAR_UID,
                        "runAsGroup": SIDECAR_UID,
                        "fsGroup": SIDECAR_UID,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{
                        "name": CONTAINER,
                        "image": request.image,
                        "args": arguments,
                        "resources": {
                            "requests": {"cpu": "10m", "memory": "32Mi"},
                            "limits": {"memory": "64Mi"},
                        },
                        "securityContext": {
                            "allowPrivilegeEscalation": false,
                            "readOnlyRootFilesystem": true,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "volumeMounts": mounts,
                    }],
                    "volumes": volumes,
                },
            },
        },
    })
}
