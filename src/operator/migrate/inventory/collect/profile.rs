//! What Azure says of a cluster: `podIdentityProfile` of `az aks show`, of ARM, and in the spelling of Terraform.

use serde_json::{Value, json};

use crate::operator::pod_identity::Kind;

/// The deepest place where a profile is looked for.
pub(super) const DEEPEST: usize = 12;
/// The most identities, and the most exceptions, that the add-on takes.
const MOST: usize = 200;

/// The profile of a cluster.
pub(crate) struct Profile {
    value: Value,
    /// The cluster's name.
    pub cluster: Option<String>,
}

/// The profiles in `value`.
pub(super) fn profiles(value: &Value) -> Vec<Profile> {
    let mut found = Vec::new();
    search(value, None, 0, &mut found);
    found
}

fn search(value: &Value, cluster: Option<&str>, depth: usize, found: &mut Vec<Profile>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                search(item, cluster, depth + 1, found);
            }
        }
        Value::Object(map) => {
            let named = map.get("name").and_then(Value::as_str).or(cluster);
            for (key, value) in map {
                // Blocks of Terraform are lists of one.
                let value = value
                    .as_array()
                    .and_then(|list| list.first())
                    .filter(|_| is(key, PROFILE))
                    .unwrap_or(value);
                if is(key, PROFILE) && value.is_object() {
                    found.push(Profile { value: value.clone(), cluster: named.map(str::to_owned) });
                } else {
                    search(value, named, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

const PROFILE: &str = "podidentityprofile";

/// Whether `key` is `name`, in the spelling of Azure or of Terraform.
pub(super) fn is(key: &str, name: &str) -> bool {
    let letters = key.bytes().filter(|byte| *byte != b'_');
    letters
        .map(|byte| byte.to_ascii_lowercase())
        .eq(name.bytes())
}

/// The value of `name`, in either spelling; none where it is null.
pub(super) fn get<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let (_, found) = value.as_object()?.iter().find(|(key, _)| is(key, name))?;
    if found.is_null() { None } else { Some(found) }
}

/// The text of `name`, if it is not empty.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    get(value, name)?.as_str().filter(|text| !text.is_empty())
}

impl Profile {
    /// Whether pod-managed identity is on.
    pub(crate) fn is_enabled(&self) -> bool {
        get(&self.value, "enabled").and_then(Value::as_bool) == Some(true)
    }

    fn list(&self, name: &str) -> &[Value] {
        get(&self.value, name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// The objects that the add-on writes for it.
    pub(super) fn objects(&self) -> Vec<(Kind, Value)> {
        let mut all = Vec::new();
        for entry in self.list("userassignedidentities") {
            let name = text(entry, "name").unwrap_or_default();
            let namespace = text(entry, "namespace").unwrap_or_default();
            let identity = get(entry, "identity")
                .and_then(|value| value.as_array().map_or(Some(value), |list| list.first()));
            let field = |name: &str| identity.and_then(|identity| text(identity, name));
            all.push((
                Kind::Identity,
                json!({
                    "metadata": {"name": name, "namespace": namespace},
                    "spec": {"type": 0, "resourceID": field("resourceid"), "clientID": field("clientid")},
                }),
            ));
            let selector = text(entry, "bindingselector").unwrap_or(name);
            all.push((
                Kind::Binding,
                json!({
                    "metadata": {"name": format!("{name}-binding"), "namespace": namespace},
                    "spec": {"azureIdentity": name, "selector": selector},
                }),
            ));
        }
        for entry in self.list("userassignedidentityexceptions") {
            let name = text(entry, "name").unwrap_or_default();
            all.push((
                Kind::Exception,
                json!({
                    "metadata": {"name": name, "namespace": text(entry, "namespace").unwrap_or_default()},
                    "spec": {"podLabels": get(entry, "podlabels")},
                }),
            ));
        }
        all
    }

    /// What of it an operator should know.
    pub(super) fn notes(&self) -> Vec<String> {
        let cluster = self.cluster.as_deref().unwrap_or("the cluster");
        let mut notes = Vec::new();
        if !self.is_enabled() {
            notes.push(format!(
                "{cluster}: `podIdentityProfile` is there, and pod-managed identity is not enabled"
            ));
        }
        if get(&self.value, "allownetworkpluginkubenet").and_then(Value::as_bool) == Some(true) {
            notes.push(format!(
                "{cluster}: pod-managed identity is allowed with kubenet (`allowNetworkPluginKubenet`)"
            ));
        }
        for (name, what) in
            [("userassignedidentities", "identities"), ("userassignedidentityexceptions", "exceptions")]
        {
            let count = self.list(name).len();
            if count >= MOST {
                notes.push(format!("{cluster}: {count} {what}, and the add-on takes {MOST}"));
            }
        }
        for entry in self.list("userassignedidentities") {
            let state = text(entry, "provisioningstate");
            if let Some(state) = state.filter(|state| !matches!(*state, "Assigned" | "Succeeded")) {
                let error = get(entry, "provisioninginfo")
                    .and_then(|info| get(info, "error"))
                    .and_then(|error| {
                        get(error, "error")
                            .unwrap_or(error)
                            .get("message")?
                            .as_str()
                    });
                let error = error
                    .map(|error| format!(": {}", error.escape_debug()))
                    .unwrap_or_default();
                let name = text(entry, "name").unwrap_or_default();
                notes.push(format!("{cluster}: Azure says `{state}` of identity `{name}`{error}"));
            }
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::profiles;

    /// The objects of the profiles in `value`, and what there is to know of them.
    fn found(value: &Value) -> String {
        let mut lines = Vec::new();
        for profile in profiles(value) {
            lines.push(format!("{:?}, enabled: {}", profile.cluster, profile.is_enabled()));
            let objects = profile.objects().into_iter();
            lines.extend(objects.map(|(kind, value)| format!("{}: {value}", kind.name())));
            lines.extend(profile.notes());
        }
        lines.join("\n")
    }

    #[test]
    fn profiles_are_found_in_every_form() {
        let profile = json!({"enabled": true, "userAssignedIdentities": [
            {"name": "a", "namespace": "shop", "bindingSelector": "b", "identity": {"clientId": "c", "resourceId": "r"}},
        ]});
        let shown = found(&json!({"name": "aks", "podIdentityProfile": profile}));
        insta::assert_snapshot!(shown, @r#"
        Some("aks"), enabled: true
        AzureIdentity: {"metadata":{"name":"a","namespace":"shop"},"spec":{"clientID":"c","resourceID":"r","type":0}}
        AzureIdentityBinding: {"metadata":{"name":"a-binding","namespace":"shop"},"spec":{"azureIdentity":"a","selector":"b"}}
        "#);
        // Of ARM, of a list of clusters, and of Terraform.
        let template = json!({"resources": [{"name": "aks", "properties": {"podIdentityProfile": profile}}]});
        assert_eq!(found(&template), shown);
        assert_eq!(found(&json!([{"name": "aks", "podIdentityProfile": profile}])), shown);
        let terraform = json!({"name": "aks", "pod_identity_profile": [{"enabled": true, "user_assigned_identities": [
            {"name": "a", "namespace": "shop", "binding_selector": "b", "identity": [{"client_id": "c", "resource_id": "r"}]},
        ]}]});
        assert_eq!(found(&terraform), shown);
        assert_eq!(found(&json!({"podIdentityProfile": null})), "");
    }

    #[test]
    fn what_is_unusual_is_told() {
        let many: Vec<_> = (0..200)
            .map(|number| json!({"name": number.to_string(), "podLabels": {}}))
            .collect();
        let profile = json!({"enabled": false, "userAssignedIdentityExceptions": many});
        let shown = found(&json!({"podIdentityProfile": profile}));
        let lines = shown.lines().filter(|line| line.starts_with("the cluster"));
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
        the cluster: `podIdentityProfile` is there, and pod-managed identity is not enabled
        the cluster: 200 exceptions, and the add-on takes 200
        ");
    }
}
