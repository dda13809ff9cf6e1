//! Pods, as far as a migration shows in them.

use serde_json::Value;

use crate::{
    names::ADMIN_PORT,
    operator::{
        cluster::{Api, ApiError, Collection, each_object},
        inject::additions::SIDECAR,
        migrate::plan::model::PlannedWorkload,
        pod_identity,
    },
};

/// The port of the sidecar's metrics, by name.
const ADMIN: &str = "wisp-admin";

/// The label by which NMI's pods are found.
const NMI: [(&str, &str); 2] = [("component", "nmi"), ("app.kubernetes.io/component", "nmi")];

/// A pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its service account.
    pub account: String,
    /// Kind and name of what has made it; itself where nobody has.
    pub owner: (String, String),
    /// Where wisp in it gives metrics; none without wisp.
    pub wisp: Option<u16>,
    /// Its label `aadpodidbinding`.
    pub label: Option<String>,
    /// Whether it is NMI.
    pub is_nmi: bool,
    /// Whether it runs.
    pub is_running: bool,
}

/// The pods of `namespace`, or all. Those that have ended are left out: they ask for nothing any more.
pub(super) async fn pods<A: Api>(api: &A, namespace: Option<&str>) -> Result<Vec<Pod>, ApiError> {
    let mut all = std::collections::BTreeMap::new();
    let collection = Collection::at("api/v1", "pods", "Pod", namespace);
    each_object(api, &collection, |object| {
        let pod = pod(&object);
        let phase = object.pointer("/status/phase").and_then(Value::as_str);
        if !matches!(phase, Some("Succeeded" | "Failed")) {
            all.insert((pod.namespace.clone(), pod.name.clone()), pod);
        }
    })
    .await?;
    Ok(all.into_values().collect())
}

fn pod(object: &Value) -> Pod {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let name = text("/metadata/name");
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let mut owners = owners.into_iter().flatten();
    let owner = owners
        .find(|owner| owner["controller"] == true)
        .map(|owner| {
            let text = |key: &str| owner[key].as_str().unwrap_or_default().to_owned();
            (text("kind"), text("name"))
        });
    let labels = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    let is_labelled = |(key, value): &(&str, &str)| object["metadata"]["labels"][*key] == *value;
    Pod {
        namespace: text("/metadata/namespace"),
        account: text("/spec/serviceAccountName"),
        owner: owner.unwrap_or_else(|| ("Pod".to_owned(), name.clone())),
        wisp: ["initContainers", "containers"]
            .into_iter()
            .find_map(|list| sidecar(&object["spec"][list])),
        label: labels.and_then(pod_identity::label).map(str::to_owned),
        is_nmi: NMI.iter().any(is_labelled),
        is_running: text("/status/phase") == "Running",
        name,
    }
}

/// The port of wisp's metrics, if it is among the containers.
fn sidecar(containers: &Value) -> Option<u16> {
    let mut containers = containers.as_array().into_iter().flatten();
    let wisp = containers.find(|container| container["name"] == SIDECAR)?;
    let mut ports = wisp["ports"].as_array().into_iter().flatten();
    let port = ports
        .find(|port| port["name"] == ADMIN)
        .and_then(|port| port["containerPort"].as_u64());
    Some(
        port.and_then(|port| u16::try_from(port).ok())
            .unwrap_or(ADMIN_PORT),
    )
}

impl Pod {
    /// Kind and name of the workload: what stands above a ReplicaSet or a Job has its name without the end.
    pub(super) fn workload(&self) -> (&str, &str) {
        let (kind, name) = (self.owner.0.as_str(), self.owner.1.as_str());
        match (kind, name.rsplit_once('-')) {
            ("ReplicaSet", Some((above, _))) => ("Deployment", above),
            _ => (kind, name),
        }
    }

    /// Whether it is of `workload`.
    pub(super) fn is_of(&self, workload: &PlannedWorkload) -> bool {
        let name = self.owner.1.as_str();
        let above = name.rsplit_once('-').map(|(above, _)| above);
        let is_made = ["ReplicaSet", "Job"].contains(&self.owner.0.as_str());
        self.namespace == workload.namespace
            && (name == workload.name || is_made && above == Some(workload.name.as_str()))
    }
}
