//! Objects of Kubernetes: service accounts, and whatever has pods.

use serde_json::Value;

use super::facts::{Facts, Sighting};
use crate::operator::{
    edit::get,
    identity::model::Account,
    workload::{Which, pods},
};

/// The annotation of a service account that names its identity.
const CLIENT_ID: &str = "azure.workload.identity/client-id";

/// Variables that hold a secret of an application, or where it is.
const SECRETS: [&str; 4] = [
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
];

/// Takes from `object` what counts. Objects without pods count for nothing.
pub(super) fn add(facts: &mut Facts, object: &Value) -> Result<(), String> {
    let metadata = |key: &str| object.get("metadata")?.get(key)?.as_str();
    let namespace = metadata("namespace").unwrap_or("default");
    let account = |name: &str| Account { namespace: namespace.to_owned(), name: name.to_owned() };
    if object
        .get("kind")
        .is_some_and(|kind| kind == "ServiceAccount")
    {
        let name = metadata("name").ok_or("a service account without a name")?;
        let annotations = object
            .get("metadata")
            .and_then(|metadata| metadata.get("annotations"));
        let client_id = annotations.and_then(|annotations| annotations.get(CLIENT_ID)?.as_str());
        let client_id = client_id
            .filter(|id| !id.is_empty())
            .map(str::to_ascii_lowercase);
        facts.accounts.insert(account(name), client_id);
        return Ok(());
    }
    for pod_template in pods(object, &Which::default())?.selected {
        let Some(spec) = get(object, &pod_template.path).and_then(|template| template.get("spec")) else {
            continue;
        };
        let named = |key: &str| spec.get(key)?.as_str().filter(|name| !name.is_empty());
        let name = named("serviceAccountName")
            .or_else(|| named("serviceAccount"))
            .unwrap_or("default");
        facts.workloads += 1;
        facts.used.insert(account(name));
        facts.secrets.extend(secrets(spec, &pod_template.object));
    }
    Ok(())
}

fn secrets(spec: &Value, object: &str) -> Vec<Sighting> {
    let containers = ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .filter_map(|key| spec.get(key)?.as_array())
        .flatten();
    let sighting = |container: &Value| {
        let variables = container.get("env")?.as_array()?.iter();
        let names = variables.filter_map(|variable| variable.get("name")?.as_str());
        let found: Vec<_> = names
            .filter(|name| SECRETS.contains(name))
            .map(str::to_owned)
            .collect();
        let name = container.get("name")?.as_str()?.to_owned();
        (!found.is_empty()).then(|| Sighting { object: object.to_owned(), container: name, variables: found })
    };
    containers.filter_map(sighting).collect()
}
