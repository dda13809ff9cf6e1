//! What counts of a pod's template.

use serde_json::{Map, Value};

use super::{
    containers::containers,
    secrets::{Sighting, Source, in_environment},
};
use crate::operator::{migrate::inventory::model::Preflight, pod_identity::LABEL};

/// What counts of a pod's template.
pub(crate) struct Template {
    /// Where it is in its object, where that has several.
    pub path: String,
    /// The labels of its pods.
    pub labels: Map<String, Value>,
    /// Their service account.
    pub account: Option<String>,
    /// What it says itself of how they can be moved.
    pub preflight: Vec<Preflight>,
    /// Wisp or azwi's proxy is in it.
    pub has_sidecar: bool,
    /// A volume of the driver that Key Vault had before, with pod-managed identity.
    pub has_flex_volume: bool,
    /// SecretProviderClasses that they mount.
    pub provider_classes: Vec<String>,
    /// Images of containers.
    pub images: Vec<String>,
    /// Arguments and variables by which programs of pod-managed identity are configured.
    pub options: Vec<String>,
    /// Static secrets that are written in it.
    pub sightings: Vec<Sighting>,
    /// Secrets and ConfigMaps that it takes in.
    pub sources: Vec<Source>,
}

/// Images of pod-managed identity's own programs.
const PROGRAMS: [&str; 2] = ["aad-pod-identity/nmi", "aad-pod-identity/mic"];
/// Images of sidecars that answer in their place.
const SIDECARS: [&str; 1] = ["workload-identity/proxy"];
/// The annotation that says that wisp is in a pod.
const INJECTED: &str = "wisp/injected";

/// What counts of `template`, which is at `path` of its object.
pub(super) fn template(template: &Value, path: String) -> Template {
    let spec = template.get("spec").unwrap_or(&Value::Null);
    let labels = template
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    let annotations = template.pointer("/metadata/annotations");
    let images: Vec<_> = containers(spec)
        .filter_map(|container| container.get("image")?.as_str())
        .map(str::to_owned)
        .collect();
    let has_image = |known: &[&str]| {
        images
            .iter()
            .any(|image| known.iter().any(|known| image.contains(known)))
    };
    let options = if has_image(&PROGRAMS) { options(spec) } else { Vec::new() };
    let (sightings, sources) = in_environment(spec);
    let has_sidecar = annotations.is_some_and(|all| all.get(INJECTED).is_some()) || has_image(&SIDECARS);
    Template {
        path,
        account: text(spec, "/serviceAccountName").or_else(|| text(spec, "/serviceAccount")),
        preflight: preflight(spec),
        has_sidecar,
        has_flex_volume: has_flex_volume(spec),
        provider_classes: provider_classes(spec),
        options,
        // Only those of programs that are known are looked at again.
        images: images.into_iter().filter(|image| is_known(image)).collect(),
        labels: labels.cloned().unwrap_or_default(),
        sightings,
        sources,
    }
}

impl Template {
    /// The label by which its pods ask for an identity.
    pub(crate) fn label(&self) -> Option<&str> {
        self.labels
            .get(LABEL)?
            .as_str()
            .filter(|value| !value.is_empty())
    }

    /// Adds what `other` says of the same pods. Whether they do not contradict each other in the label.
    pub(super) fn merge(&mut self, other: Self) -> bool {
        let agree = match (self.label(), other.label()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        for (key, value) in other.labels {
            self.labels.entry(key).or_insert(value);
        }
        if self.account.is_none() {
            self.account = other.account;
        }
        self.has_sidecar |= other.has_sidecar;
        self.has_flex_volume |= other.has_flex_volume;
        add_new(&mut self.preflight, other.preflight);
        add_new(&mut self.provider_classes, other.provider_classes);
        add_new(&mut self.images, other.images);
        add_new(&mut self.options, other.options);
        add_new(&mut self.sightings, other.sightings);
        add_new(&mut self.sources, other.sources);
        agree
    }
}

fn add_new<T: PartialEq>(known: &mut Vec<T>, others: Vec<T>) {
    for other in others {
        if !known.contains(&other) {
            known.push(other);
        }
    }
}

fn text(value: &Value, at: &str) -> Option<String> {
    let text = value.pointer(at)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_known(image: &str) -> bool {
    let is_component = super::dependents::of_image(image).is_some();
    is_component || PROGRAMS.iter().any(|known| image.contains(known))
}

fn preflight(spec: &Value) -> Vec<Preflight> {
    let facts = [
        (spec.get("hostNetwork") == Some(&Value::Bool(true)), Preflight::HostNetwork),
        (is_windows(spec), Preflight::Windows),
        (is_virtual(spec), Preflight::VirtualNode),
    ];
    let met = facts.into_iter().filter(|(is_met, _)| *is_met);
    met.map(|(_, fact)| fact).collect()
}

fn is_windows(spec: &Value) -> bool {
    let selector = spec.get("nodeSelector");
    let by_selector =
        |key: &str| selector.and_then(|selector| selector.get(key)?.as_str()) == Some("windows");
    text(spec, "/os/name").as_deref() == Some("windows")
        || by_selector("kubernetes.io/os")
        || by_selector("beta.kubernetes.io/os")
}

/// Virtual nodes are chosen by a selector, and let in by a toleration.
fn is_virtual(spec: &Value) -> bool {
    let selector = spec.get("nodeSelector");
    let chosen = selector.and_then(|selector| selector.get("type")?.as_str()) == Some("virtual-kubelet");
    let keys = ["virtual-kubelet.io/provider", "azure.com/aci"];
    let tolerations = spec.get("tolerations").and_then(Value::as_array);
    let tolerates = tolerations
        .into_iter()
        .flatten()
        .filter_map(|toleration| toleration.get("key")?.as_str())
        .any(|key| keys.contains(&key));
    chosen || tolerates || text(spec, "/nodeName").is_some_and(|node| node.starts_with("virtual-node-aci"))
}

fn provider_classes(spec: &Value) -> Vec<String> {
    let volumes = spec.get("volumes").and_then(Value::as_array);
    volumes
        .into_iter()
        .flatten()
        .filter_map(|volume| text(volume, "/csi/volumeAttributes/secretProviderClass"))
        .collect()
}

fn has_flex_volume(spec: &Value) -> bool {
    let volumes = spec.get("volumes").and_then(Value::as_array);
    volumes.into_iter().flatten().any(|volume| {
        text(volume, "/flexVolume/driver").as_deref() == Some("azure/kv")
            && text(volume, "/flexVolume/options/usepodidentity").as_deref() == Some("true")
    })
}

/// Arguments and variables of all containers, as `--flag=value` and `NAME=value`.
fn options(spec: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for container in containers(spec) {
        for key in ["command", "args"] {
            let words = container.get(key).and_then(Value::as_array);
            all.extend(
                words
                    .into_iter()
                    .flatten()
                    .filter_map(|word| word.as_str().map(str::to_owned)),
            );
        }
        let variables = container.get("env").and_then(Value::as_array);
        all.extend(variables.into_iter().flatten().filter_map(|variable| {
            let word = |key: &str| variable.get(key)?.as_str();
            // The one variable that decides anything.
            (word("name")? == "FORCENAMESPACED")
                .then(|| format!("FORCENAMESPACED={}", word("value").unwrap_or_default()))
        }));
    }
    all
}
