//! Federated credentials as Azure lists them, and what wisp wrote itself.

use serde_json::Value;

use crate::operator::{
    identity::model::ManagedIdentity,
    migrate::inventory::model::{FederatedCredential, Origin},
};

/// Why what wisp wrote is not read.
pub(super) const OF_WISP: &str = "this is what `wispctl` wrote for programs, and not what it was made of; give the manifests, dumps and files of \
                                  Azure that it was made of";

/// Whether `value` is an inventory or a plan.
pub(super) fn is_of_wisp(value: &Value) -> bool {
    value
        .get("schema")
        .and_then(Value::as_str)
        .is_some_and(|schema| schema.starts_with("wisp."))
}

/// The federated credential that `value` is.
pub(super) fn credential(value: &Value, origin: &Origin) -> Option<FederatedCredential> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    value.get("audiences")?;
    let identity = text("id").and_then(ManagedIdentity::of_credential);
    Some(FederatedCredential {
        identity: identity.map(|identity| identity.id()),
        name: text("name").unwrap_or_default().to_owned(),
        issuer: text("issuer")?.to_owned(),
        subject: text("subject")?.to_owned(),
        origin: origin.clone(),
    })
}
