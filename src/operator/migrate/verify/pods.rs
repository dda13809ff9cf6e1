//! Pods, as far as a migration shows in them.

use serde_json::Value;

use crate::{
    names::ADMIN_PORT,
    operator::{
        cluster::{Api, ApiError, Collection, each_object},
        inject::{additions::SIDECAR, webhook::USE_LABEL},
        migrate::plan::model::PlannedWorkload,
        pod_identity,
    },
};

/// The port of the sidecar's metrics, by name.
const ADMIN: &str = "wisp-admin";

/// The label by which NMI's pods are found: that of its manifests, and that of its chart.
const NMI: [(&str, &str); 2] = [("component", "nmi"), ("app.kubernetes.io/component", "nmi")];
/// By what NMI is told where to give its metrics, and where it gives them unless it is told.
const NMI_PORT: &str = "--prometheus-port";
const NMI_PORT_DEFAULT: u16 = 9090;

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
    /// Whether it is labelled for workload identity of its own: the webhook of azwi gives it a token.
    pub is_native: bool,
    /// For whom the tokens of its service account are that its volumes have.
    pub audiences: Vec<String>,
    /// Where it gives metrics, if it is NMI.
    pub nmi: Option<u16>,
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
        is_native: is_labelled(&(USE_LABEL, "true")),
        audiences: audiences(&object["spec"]["volumes"]),
        nmi: NMI
            .iter()
            .any(is_labelled)
            .then(|| nmi_port(&object["spec"]["containers"])),
        is_running: text("/status/phase") == "Running",
        name,
    }
}

/// The audiences of the tokens that `volumes` have.
fn audiences(volumes: &Value) -> Vec<String> {
    let volumes = volumes.as_array().into_iter().flatten();
    let sources = volumes.filter_map(|volume| volume["projected"]["sources"].as_array());
    let audiences = sources
        .flatten()
        .filter_map(|source| source["serviceAccountToken"]["audience"].as_str());
    audiences.map(str::to_owned).collect()
}

/// Where NMI gives its metrics, as its arguments say.
fn nmi_port(containers: &Value) -> u16 {
    let containers = containers.as_array().into_iter().flatten();
    let mut words = containers
        .flat_map(|container| [&container["command"], &container["args"]])
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str);
    let mut port = None;
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some((NMI_PORT, value)) => Some(value),
            None if word == NMI_PORT => words.next(),
            _ => continue,
        };
        port = value.and_then(|value| value.parse().ok());
    }
    port.unwrap_or(NMI_PORT_DEFAULT)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{audiences, nmi_port};

    #[test]
    fn where_nmi_gives_metrics_is_among_its_arguments() {
        let of = |args| nmi_port(&json!([{"name": "nmi", "args": args}]));
        assert_eq!(of(json!(["--node=$(NODE_NAME)"])), 9090);
        assert_eq!(of(json!(["--prometheus-port=8888", "--node=n"])), 8888);
        assert_eq!(of(json!(["--prometheus-port", "8888"])), 8888);
        assert_eq!(of(json!(["--prometheus-port", "http"])), 9090);
        assert_eq!(nmi_port(&json!([{"command": ["nmi", "--prometheus-port=7777"]}])), 7777);
    }

    #[test]
    fn tokens_of_volumes_are_found() {
        let sources = json!([{"configMap": {"name": "ca"}}, {"serviceAccountToken": {"path": "token", "audience": "api://AzureADTokenExchange"}}, {"serviceAccountToken": {"path": "own"}}]);
        let volumes = json!([{"name": "data", "emptyDir": {}}, {"name": "azure-identity-token", "projected": {"sources": sources}}]);
        assert_eq!(audiences(&volumes), ["api://AzureADTokenExchange"]);
        assert_eq!(audiences(&json!(null)), [""; 0]);
    }
}
