//! What Azure says of clusters, vaults, app registrations and diagnostic settings.

use serde_json::Value;

use super::{Evidence, Vault};

/// The category of the activity log in which changes of roles are.
const ADMINISTRATIVE: &str = "Administrative";

/// Takes in `object`. Whether it is of any of this.
pub(super) fn add(evidence: &mut Evidence, object: &Value) -> bool {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str);
    let id = text("/id").unwrap_or_default().to_ascii_lowercase();
    if object.get("oidcIssuerProfile").is_some() || object.get("identityProfile").is_some() {
        platform(evidence, object);
        return true;
    }
    if id.contains("/providers/microsoft.keyvault/vaults/") && object.get("properties").is_some() {
        let uses_roles = object.pointer("/properties/enableRbacAuthorization") == Some(&Value::Bool(true));
        let name = text("/name").unwrap_or_default().to_owned();
        evidence.vaults.insert(name, Vault { uses_roles, id });
        return true;
    }
    if id.contains("/diagnosticsettings/") && object.get("logs").is_some() {
        let logs = object.get("logs").and_then(Value::as_array);
        let is_kept = logs.into_iter().flatten().any(|log| {
            log.get("category")
                .is_some_and(|category| category == ADMINISTRATIVE)
                && log.get("enabled").and_then(Value::as_bool) == Some(true)
        });
        evidence
            .diagnostics
            .insert(text("/name").unwrap_or_default().to_owned(), is_kept);
        return true;
    }
    let credentials = |key: &str| object.get(key).and_then(Value::as_array).map(Vec::len);
    if let (Some(app), Some(secrets)) = (text("/appId"), credentials("passwordCredentials")) {
        let all = secrets + credentials("keyCredentials").unwrap_or_default();
        evidence.applications.insert(app.to_ascii_lowercase(), all);
        return true;
    }
    false
}

/// The identities of a cluster itself: of its nodes, and of its add-ons.
fn platform(evidence: &mut Evidence, cluster: &Value) {
    let all = [("identityProfile", ""), ("addonProfiles", "/identity")];
    for (profiles, below) in all {
        let found = cluster.get(profiles).and_then(Value::as_object);
        for (name, profile) in found.into_iter().flatten() {
            let client_id = profile
                .pointer(&format!("{below}/clientId"))
                .and_then(Value::as_str);
            if let Some(client_id) = client_id {
                evidence
                    .platform
                    .insert(client_id.to_ascii_lowercase(), name.clone());
            }
        }
    }
}
