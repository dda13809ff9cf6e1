//! Static secrets of a pod's template.

use serde_json::Value;

use super::{
    Credential, Sighting,
    shapes::{by_name, by_shape},
};
use crate::operator::migrate::inventory::collect::containers::containers;

/// A Secret or ConfigMap from which a template takes something: what is in it may be known later.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Source {
    /// `Secret` or `ConfigMap`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The key, where it is one alone.
    pub key: Option<String>,
    /// Where it is taken in.
    pub location: String,
}

/// The static secrets that a pod's `spec` shows, and what it takes in from elsewhere.
pub(crate) fn in_environment(spec: &Value) -> (Vec<Sighting>, Vec<Source>) {
    let (mut sightings, mut sources) = (Vec::new(), Vec::new());
    for container in containers(spec) {
        let name = container
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        for variable in list(container, "env") {
            look(variable, name, &mut sightings, &mut sources);
        }
        for from in list(container, "envFrom") {
            let location = format!("container `{name}`, envFrom");
            for (key, kind) in [("secretRef", "Secret"), ("configMapRef", "ConfigMap")] {
                let named = from
                    .get(key)
                    .and_then(|reference| reference.get("name")?.as_str());
                sources.extend(named.map(|named| source(kind, named, None, &location)));
            }
        }
    }
    for volume in list(spec, "volumes") {
        volume_sources(volume, &mut sightings, &mut sources);
    }
    (sightings, sources)
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn source(kind: &'static str, name: &str, key: Option<&str>, location: &str) -> Source {
    Source { kind, name: name.to_owned(), key: key.map(str::to_owned), location: location.to_owned() }
}

fn look(variable: &Value, container: &str, sightings: &mut Vec<Sighting>, sources: &mut Vec<Source>) {
    let Some(name) = variable.get("name").and_then(Value::as_str) else { return };
    let location = format!("container `{container}`, variable `{name}`");
    let value = variable.get("value").and_then(Value::as_str);
    let from = variable.get("valueFrom").and_then(|from| {
        let reference = |key: &str, kind| {
            let found = from.get(key)?;
            Some((kind, found.get("name")?.as_str()?, found.get("key")?.as_str()?))
        };
        reference("secretKeyRef", "Secret").or_else(|| reference("configMapKeyRef", "ConfigMap"))
    });
    if let Some(credential) = by_name(name)
        && value != Some("")
    {
        let from = from.map(|(kind, name, key)| format!("{kind} {name}, key `{key}`"));
        sightings.push(Sighting { credential, location, from });
    } else if let Some(credential) = value.and_then(|value| by_shape(name, value)) {
        sightings.push(Sighting { credential, location, from: None });
    } else if let Some((kind, name, key)) = from {
        sources.push(source(kind, name, Some(key), &location));
    }
}

fn volume_sources(volume: &Value, sightings: &mut Vec<Sighting>, sources: &mut Vec<Source>) {
    let name = volume
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let location = format!("volume `{name}`");
    let text = |at: &str| volume.pointer(at).and_then(Value::as_str);
    sources.extend(text("/secret/secretName").map(|named| source("Secret", named, None, &location)));
    sources.extend(text("/configMap/name").map(|named| source("ConfigMap", named, None, &location)));
    let projected = volume
        .pointer("/projected/sources")
        .and_then(Value::as_array);
    for projected in projected.into_iter().flatten() {
        for (key, kind) in [("secret", "Secret"), ("configMap", "ConfigMap")] {
            let named = projected
                .get(key)
                .and_then(|reference| reference.get("name")?.as_str());
            sources.extend(named.map(|named| source(kind, named, None, &location)));
        }
    }
    // The driver of Key Vault takes the secret of an app registration from there.
    for at in ["/csi/nodePublishSecretRef/name", "/flexVolume/secretRef/name"] {
        if let Some(named) = text(at) {
            let is_vault = text("/csi/driver").is_some_and(|driver| driver.contains("secrets-store"))
                || text("/flexVolume/driver").is_some_and(|driver| driver.starts_with("azure/"));
            if is_vault {
                let from = Some(format!("Secret {named}"));
                sightings.push(Sighting {
                    credential: Credential::ClientSecret,
                    location: location.clone(),
                    from,
                });
            }
        }
    }
    for at in ["/azureFile/secretName", "/csi/volumeAttributes/secretName"] {
        let is_file = volume.get("azureFile").is_some() || text("/csi/driver") == Some("file.csi.azure.com");
        if let Some(named) = text(at).filter(|_| is_file) {
            let from = Some(format!("Secret {named}"));
            sightings.push(Sighting { credential: Credential::AccountKey, location: location.clone(), from });
        }
    }
}
