//! Objects of Kubernetes that say something of identities themselves. Those with pods are read by the inventory of migrations.

use serde_json::Value;

use super::facts::{AccountFacts, DEFAULT_NAMESPACE, Facts};
use crate::operator::{identity::model::Account, workload::KINDS};

/// The annotation of a service account that names its identity.
const CLIENT_ID: &str = "azure.workload.identity/client-id";
/// The annotation of a service account that names who answers for it.
const OWNER: &str = "wisp/owner";

/// Takes from `object` what counts. `labels` are those of namespaces that name their environment, the first that is there.
pub(super) fn add(facts: &mut Facts, object: &Value, labels: &[String]) -> Result<(), String> {
    let metadata = |key: &str| object.get("metadata")?.get(key)?.as_str();
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = metadata("name").filter(|name| !name.is_empty());
    match kind {
        "ServiceAccount" => {
            let name = name.ok_or("a service account without a name")?;
            let namespace = metadata("namespace").unwrap_or(DEFAULT_NAMESPACE);
            let account = Account { namespace: namespace.to_owned(), name: name.to_owned() };
            facts.accounts.insert(account, account_facts(object));
        }
        "Namespace" => {
            let name = name.ok_or("a namespace without a name")?;
            let named = |label: &String| object.get("metadata")?.get("labels")?.get(label)?.as_str();
            let environment = labels
                .iter()
                .find_map(named)
                .filter(|text| !text.is_empty());
            facts
                .environments
                .insert(name.to_owned(), environment.map(str::to_owned));
        }
        _ if KINDS.iter().any(|(known, ..)| *known == kind) && name.is_none() => {
            return Err(format!("{kind} without a name"));
        }
        _ => {}
    }
    Ok(())
}

fn account_facts(object: &Value) -> AccountFacts {
    let annotation = |key: &str| {
        let text = object
            .get("metadata")?
            .get("annotations")?
            .get(key)?
            .as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    AccountFacts {
        client_id: annotation(CLIENT_ID).map(|id| id.to_ascii_lowercase()),
        owner: annotation(OWNER),
    }
}
