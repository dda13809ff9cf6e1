//! Static secrets of objects: where they are kept, and configuration of programs that use them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    Credential,
    shapes::{by_name, by_shape},
};
use crate::operator::migrate::inventory::{
    collect::{
        Collected, ObjectId, Sort,
        dependents::paths::{at_all, texts_of},
    },
    model::{Origin, StaticSecret},
};

/// Where configuration of other programs names a static secret: API group, path, and what it is. A `*` is each item or each value.
const REFERENCES: &[(&str, &str, Credential)] = &[
    ("cert-manager.io", "spec.acme.solvers.*.dns01.azureDNS.clientSecretSecretRef", Credential::ClientSecret),
    ("external-secrets.io", "spec.provider.azurekv.authSecretRef.clientSecret", Credential::ClientSecret),
    (
        "external-secrets.io",
        "spec.provider.azurekv.authSecretRef.clientCertificate",
        Credential::ClientCertificate,
    ),
    ("velero.io", "spec.credential", Credential::ClientSecret),
    ("velero.io", "spec.config.storageAccountKeyEnvVar", Credential::AccountKey),
];

/// Notes the static secrets of `object` itself. Those of pods are noted with their templates.
pub(in crate::operator::migrate::inventory) fn find(
    sort: &Sort<'_>,
    object: &Value,
    namespace: &str,
    origin: &Origin,
    all: &mut Collected,
) {
    let Some(id) = ObjectId::of(sort, object, namespace) else { return };
    match (sort.group, sort.kind) {
        ("", "Secret") => keep("Secret", &id, secret_keys(object), origin, all),
        ("", "ConfigMap") => keep("ConfigMap", &id, text_keys(object, "data"), origin, all),
        ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => {
            let objects = object
                .pointer("/spec/parameters/objects")
                .and_then(Value::as_str);
            for name in vault_secrets(objects.unwrap_or_default()) {
                let location = format!("Key Vault object `{name}`");
                all.static_secrets
                    .push(found(Credential::VaultSecret, &id, location, None, origin));
            }
        }
        _ => {}
    }
    let references = REFERENCES.iter().filter(|(group, ..)| *group == sort.group);
    for (_, path, credential) in references {
        for reference in at_all(object, path) {
            let from = reference.get("name").and_then(Value::as_str);
            let from = from.map(|name| format!("Secret {name}"));
            all.static_secrets
                .push(found(*credential, &id, (*path).to_owned(), from, origin));
        }
    }
}

fn found(
    credential: Credential,
    id: &ObjectId,
    location: String,
    from: Option<String>,
    origin: &Origin,
) -> StaticSecret {
    StaticSecret { credential: credential.name(), object: id.short(), location, from, origin: origin.clone() }
}

/// Keeps which keys hold a credential, for those who use them.
fn keep(
    kind: &'static str,
    id: &ObjectId,
    keys: Vec<(String, Credential)>,
    origin: &Origin,
    all: &mut Collected,
) {
    let key = (id.namespace.clone(), kind, id.name.clone());
    if all.known_secrets.contains_key(&key) {
        return;
    }
    for (key, credential) in &keys {
        all.static_secrets
            .push(found(*credential, id, format!("key `{key}`"), None, origin));
    }
    all.known_secrets.insert(key, keys);
}

/// The keys of a Secret that hold a credential.
fn secret_keys(object: &Value) -> Vec<(String, Credential)> {
    let mut keys = text_keys(object, "stringData");
    for (key, value) in map(object, "data").into_iter().flatten() {
        let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
        let value = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        keys.extend(credential(key, &value.unwrap_or_default()));
    }
    keys.sort_by(|(one, _), (other, _)| one.cmp(other));
    keys.dedup_by(|(one, _), (other, _)| one == other);
    keys
}

fn text_keys(object: &Value, field: &str) -> Vec<(String, Credential)> {
    map(object, field)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| credential(key, value.as_str()?))
        .collect()
}

fn map<'a>(object: &'a Value, field: &str) -> Option<&'a Map<String, Value>> {
    object.get(field)?.as_object()
}

fn credential(key: &str, value: &str) -> Option<(String, Credential)> {
    let found = by_name(key).or_else(|| by_shape(key, value))?;
    Some((key.to_owned(), found))
}

/// The names of the secrets among the `objects` of a SecretProviderClass, which are YAML in YAML.
fn vault_secrets(objects: &str) -> Vec<String> {
    let mut names = Vec::new();
    for text in texts_of(objects) {
        let word = |key: &str| text.get(key)?.as_str().map(str::to_owned);
        if word("objectType").as_deref() == Some("secret") {
            names.extend(word("objectName"));
        }
    }
    names
}
