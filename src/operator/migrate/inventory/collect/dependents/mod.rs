//! What depends on pod-managed identity by its own configuration, without a label of a pod that would show it.
//!
//! - `components`: the programs, and what they have instead
//! - `paths`: places in objects of others

pub(crate) mod components;
pub(crate) mod paths;

use serde_json::Value;

pub(crate) use components::of_image;
use components::{AGIC, CERT_MANAGER, Component, EXTERNAL_SECRETS, FLUX, KEDA, KEY_VAULT, VALUES, VELERO};
use paths::{at_all, each_map, text_at};

use super::{Collected, ObjectId, Sort};
use crate::operator::{
    migrate::inventory::model::{Dependent, Origin},
    pod_identity::LABEL,
};

/// What a field has to be.
#[derive(Clone, Copy)]
enum Expected {
    /// This text, in whatever capitals.
    Text(&'static str),
    /// There, and without a secret beside it at this path.
    Without(&'static str),
}

/// A field by which objects of a group depend on pod-managed identity.
struct Rule {
    group: &'static str,
    component: &'static Component,
    /// Where the mapping is; a `*` is each item.
    at: &'static str,
    /// The field in it.
    field: &'static str,
    expected: Expected,
    /// Where the mapping names the identity.
    identity: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        group: "secrets-store.csi.x-k8s.io",
        component: &KEY_VAULT,
        at: "spec.parameters",
        field: "usePodIdentity",
        expected: Expected::Text("true"),
        identity: &[],
    },
    Rule {
        group: "keda.sh",
        component: &KEDA,
        at: "spec.podIdentity",
        field: "provider",
        expected: Expected::Text("azure"),
        identity: &["identityId"],
    },
    Rule {
        group: "external-secrets.io",
        component: &EXTERNAL_SECRETS,
        at: "spec.provider.azurekv",
        field: "authType",
        expected: Expected::Text("ManagedIdentity"),
        identity: &["identityId"],
    },
    Rule {
        group: "cert-manager.io",
        component: &CERT_MANAGER,
        at: "spec.acme.solvers.*.dns01",
        field: "azureDNS",
        expected: Expected::Without("azureDNS.clientSecretSecretRef"),
        identity: &["azureDNS.managedIdentity.clientID", "azureDNS.managedIdentity.resourceID"],
    },
    Rule {
        group: "velero.io",
        component: &VELERO,
        at: "spec",
        field: "provider",
        expected: Expected::Text("azure"),
        identity: &[],
    },
    Rule {
        group: "velero.io",
        component: &VELERO,
        at: "spec",
        field: "provider",
        expected: Expected::Text("velero.io/azure"),
        identity: &[],
    },
];

/// Where Velero's locations name a secret of their own.
const VELERO_SECRETS: [&str; 2] = ["spec.config.storageAccountKeyEnvVar", "spec.credential"];

/// Where releases of charts carry values with them.
const CARRIED_VALUES: [&str; 3] =
    ["spec.values", "spec.source.helm.valuesObject", "spec.sources.*.helm.valuesObject"];

/// Where patches stand as text, of Kustomize and of Flux.
const CARRIED_PATCHES: [&str; 5] = [
    "patches.*.patch",
    "patchesStrategicMerge.*",
    "spec.patches.*.patch",
    "spec.kustomize.patches.*.patch",
    "spec.postRenderers.*.kustomize.patches.*.patch",
];

/// Notes by what `object` depends on pod-managed identity.
pub(super) fn find(sort: &Sort<'_>, object: &Value, namespace: &str, origin: &Origin, all: &mut Collected) {
    let Some(id) = ObjectId::of(sort, object, namespace) else { return };
    for rule in RULES.iter().filter(|rule| rule.group == sort.group) {
        for map in at_all(object, rule.at) {
            let Some(what) = rule.met(map) else { continue };
            // What has a secret of its own needs no identity.
            let has_secret = |path: &str| !at_all(object, path).is_empty();
            if sort.group == "velero.io" && VELERO_SECRETS.iter().any(|path| has_secret(path)) {
                continue;
            }
            let identity = rule.identity.iter().find_map(|path| text_at(map, path));
            all.dependents
                .push(dependent(rule.component, id.short(), what, identity, origin));
        }
    }
    for at in CARRIED_VALUES {
        for values in at_all(object, at) {
            find_values(values, &id.short(), origin, &mut all.dependents);
        }
    }
    find_patches(object, &id.short(), origin, &mut all.dependents);
}

/// Notes the label in patches that stand in `value` as text.
pub(super) fn find_patches(value: &Value, object: &str, origin: &Origin, all: &mut Vec<Dependent>) {
    for at in CARRIED_PATCHES {
        for patch in at_all(value, at).into_iter().filter_map(Value::as_str) {
            find_patch(patch, object, origin, all);
        }
    }
}

/// Notes the label in a patch that stands in an object as text.
fn find_patch(patch: &str, object: &str, origin: &Origin, all: &mut Vec<Dependent>) {
    let component = if FLUX.is_controller_in(patch) { &FLUX } else { &VALUES };
    for line in patch.lines() {
        // A key of YAML, or the path of a JSON Patch.
        let value = line
            .trim_start()
            .strip_prefix(LABEL)
            .and_then(|rest| rest.strip_prefix(':'));
        let value = match value {
            Some(value) => value.split(" #").next().unwrap_or_default(),
            None if line.contains("/aadpodidbinding") => "…",
            None => continue,
        };
        let what = format!("{LABEL}: {} in a patch", value.trim().trim_matches(['"', '\'']));
        all.push(dependent(component, object.to_owned(), what, None, origin));
    }
}

/// Notes the label in an object that is a patch itself: it has the labels of pods, and no pod.
pub(super) fn find_partial(
    sort: &Sort<'_>,
    object: &Value,
    origin: &Origin,
    all: &mut Vec<Dependent>,
) -> bool {
    let label = text_at(object, "spec.template.metadata.labels.aadpodidbinding");
    let (Some(label), Some(id)) = (label, ObjectId::of(sort, object, "")) else { return false };
    let component = if FLUX.is_controller_in(&id.name) { &FLUX } else { &VALUES };
    all.push(dependent(component, id.short(), format!("{LABEL}: {label} in a patch"), None, origin));
    true
}

/// Notes what the values of a chart ask for.
pub(super) fn find_values(values: &Value, object: &str, origin: &Origin, all: &mut Vec<Dependent>) {
    each_map(values, &mut |path, map| {
        let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if let Some(Value::String(label)) = map.get(LABEL)
            && !label.is_empty()
        {
            let what = format!("{}: {label}", at(LABEL));
            all.push(dependent(&VALUES, object.to_owned(), what, None, origin));
        }
        // An edit of a JSON Patch.
        if let (Some(Value::String(pointer)), Some(Value::String(label))) =
            (map.get("path"), map.get("value"))
            && pointer.ends_with("/aadpodidbinding")
        {
            let what = format!("{LABEL}: {label} in a patch");
            all.push(dependent(&VALUES, object.to_owned(), what, None, origin));
        }
        let auth = map.get("armAuth");
        let is_pod_identity = auth
            .and_then(|auth| auth.get("type")?.as_str())
            .is_some_and(|word| word.eq_ignore_ascii_case("aadPodIdentity"));
        if let Some(auth) = auth.filter(|_| is_pod_identity) {
            let identity = text_at(auth, "identityClientID").or_else(|| text_at(auth, "identityResourceID"));
            let what = format!("{}.type: aadPodIdentity", at("armAuth"));
            all.push(dependent(&AGIC, object.to_owned(), what, identity, origin));
        }
    });
}

/// One that was found.
pub(crate) fn dependent(
    component: &'static Component,
    object: String,
    what: String,
    identity: Option<String>,
    origin: &Origin,
) -> Dependent {
    Dependent {
        component: component.name,
        object,
        what,
        identity: identity.filter(|identity| !identity.is_empty()),
        version: None,
        native_since: component.native_since,
        instead: component.instead,
        used_by: Vec::new(),
        origin: origin.clone(),
    }
}

impl Rule {
    /// What of `map` meets it.
    fn met(&self, map: &Value) -> Option<String> {
        match self.expected {
            Expected::Text(expected) => {
                let text = text_at(map, self.field)?;
                text.eq_ignore_ascii_case(expected)
                    .then(|| format!("{}: {text}", self.field))
            }
            Expected::Without(secret) => {
                map.get(self.field).filter(|value| value.is_object())?;
                at_all(map, secret)
                    .is_empty()
                    .then(|| format!("{} without a secret", self.field))
            }
        }
    }
}
