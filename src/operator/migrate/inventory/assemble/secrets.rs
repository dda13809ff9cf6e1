//! The static secrets that workloads use.

use std::collections::BTreeSet;

use super::groups::Groups;
use crate::operator::{
    migrate::inventory::{
        collect::{Collected, Declared},
        model::StaticSecret,
    },
    pod_identity::{Kind, ObjectName, any_case},
};

/// The most Secrets that are named.
const MOST_NAMED: usize = 5;

/// Adds those of workloads and of AzureIdentities to `found`. The Secrets that pods take in and that were not read.
pub(super) fn add(
    all: &Collected,
    groups: &Groups<'_>,
    found: &mut Vec<StaticSecret>,
) -> BTreeSet<ObjectName> {
    let mut unknown = BTreeSet::new();
    for (id, group) in &groups.all {
        let Some((_, carrier)) = group.shown_by(id) else { continue };
        for template in &carrier.templates {
            for sighting in &template.sightings {
                found.push(StaticSecret {
                    credential: sighting.credential.name(),
                    object: id.short(),
                    location: sighting.location.clone(),
                    from: sighting.from.clone(),
                    origin: carrier.origin.clone(),
                });
            }
            for source in &template.sources {
                let key = (id.namespace.clone(), source.kind, source.name.clone());
                let Some(keys) = all.known_secrets.get(&key) else {
                    if source.kind == "Secret" {
                        unknown.insert(ObjectName {
                            namespace: id.namespace.clone(),
                            name: source.name.clone(),
                        });
                    }
                    continue;
                };
                let is_meant = |key: &str| source.key.as_ref().is_none_or(|named| named == key);
                for (key, credential) in keys.iter().filter(|(key, _)| is_meant(key)) {
                    found.push(StaticSecret {
                        credential: credential.name(),
                        object: id.short(),
                        location: source.location.clone(),
                        from: Some(format!("{} {}, key `{key}`", source.kind, source.name)),
                        origin: carrier.origin.clone(),
                    });
                }
            }
        }
    }
    for ((kind, name), declared) in &all.declared {
        if *kind == Kind::Identity {
            found.extend(of_identity(name, declared));
        }
    }
    unknown
}

/// The secret by which an AzureIdentity of type 1 or 2 got its tokens.
fn of_identity(name: &ObjectName, Declared { value, origin, .. }: &Declared) -> Option<StaticSecret> {
    let spec = value.get("spec")?;
    let kind = any_case(spec, "type").map(|kind| {
        kind.as_str()
            .map_or_else(|| kind.to_string(), str::to_owned)
    });
    let (credential, location) = match kind.as_deref() {
        Some("1") => ("client secret", "`clientPassword`, the first key of its Secret"),
        Some("2") => {
            ("client certificate", "`clientPassword`, the keys `certificate` and `password` of its Secret")
        }
        _ => return None,
    };
    let reference = any_case(spec, "clientPassword");
    let text = |key: &str| any_case(reference?, key)?.as_str();
    let from = text("name").map(|secret| {
        let namespace = text("namespace").unwrap_or(&name.namespace).to_owned();
        format!("Secret {}", ObjectName { namespace, name: secret.to_owned() })
    });
    Some(StaticSecret {
        credential,
        object: format!("AzureIdentity {name}"),
        location: location.to_owned(),
        from,
        origin: origin.clone(),
    })
}

/// Notes the Secrets that were not read.
pub(super) fn note_unread(unknown: &BTreeSet<ObjectName>, notes: &mut Vec<String>) {
    if unknown.is_empty() {
        return;
    }
    let named: Vec<_> = unknown
        .iter()
        .take(MOST_NAMED)
        .map(ToString::to_string)
        .collect();
    let more = unknown.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    notes.push(format!(
        "Secrets that pods take in were not read, so nobody knows whether they have static secrets in them: {}{more}",
        named.join(", ")
    ));
}
