//! Labels and annotations of the pod that mean something to others, or were meant to.

use serde_json::Value;

use super::{Findings, Pod, account::PREFIX};
use crate::operator::edit::join;
use crate::{
    operator::inject::{
        Diagnostic,
        options::{STANDARD, annotation},
        record::AZWI_PROXY,
        settings::SetBy,
        webhook::{SKIP_CONTAINERS, USE_LABEL},
    },
    settings::{keys::IDENTITIES, suggest_word},
};

/// The label by which AAD pod-managed identity binds an identity to a pod.
const BINDING: &str = "aadpodidbinding";

/// What the workload identity webhook reads among the annotations of a pod.
const ANNOTATIONS: [&str; 4] = [
    SKIP_CONTAINERS,
    AZWI_PROXY,
    "azure.workload.identity/proxy-sidecar-port",
    "azure.workload.identity/service-account-token-expiration",
];

/// What starts the annotations by which a cluster has more ways to tokens.
const OPT_IN_PREFIX: &str = "azure.workload.identity/use-";

/// Looks at labels and annotations.
pub(super) fn look(pod: &Pod<'_>, findings: &mut Findings) {
    let label_at = |key: &str| join(&join(&join(&[], "metadata"), "labels"), key);
    if let Some(binding) = pod.labels.get(BINDING)
        && !is_adopted(pod)
    {
        let text = format!(
            "label `{BINDING}` ({binding}) is left over from AAD pod-managed identity: where that still runs, it gives this pod an identity by the \
             metadata service as well; remove the label when wisp has taken over"
        );
        findings
            .warnings
            .push(Diagnostic::new(label_at(BINDING), text));
    }
    if let Some(value) = pod.labels.get(USE_LABEL).filter(|value| !is_boolean(value)) {
        let text = format!(
            "label `{USE_LABEL}` is {value}, and the workload identity webhook looks for \"true\" only"
        );
        findings
            .warnings
            .push(Diagnostic::new(label_at(USE_LABEL), text));
    }
    for key in pod.labels.keys().filter(|key| *key != USE_LABEL) {
        if let Some(meant) = suggest_word(key, &[USE_LABEL]) {
            let text = format!("nothing reads label `{key}`; did you mean label `{meant}`?");
            findings.warnings.push(Diagnostic::new(label_at(key), text));
        }
    }
    for key in pod.annotations.keys() {
        if let Some(text) = annotated(pod, key) {
            findings
                .warnings
                .push(Diagnostic::new(annotation(key), text));
        }
    }
}

/// Whether the pod has its identities by the label, which so is of use.
fn is_adopted(pod: &Pod<'_>) -> bool {
    let identities = pod.options.settings.get(&IDENTITIES);
    identities.is_some_and(|(_, by)| *by == SetBy::Label(BINDING))
}

fn is_boolean(value: &Value) -> bool {
    matches!(value.as_str(), Some("true" | "false"))
}

fn annotated(pod: &Pod<'_>, key: &str) -> Option<String> {
    if ANNOTATIONS.contains(&key) || key.starts_with(OPT_IN_PREFIX) {
        return None;
    }
    if key == USE_LABEL {
        let text = format!(
            "`{USE_LABEL}` is an annotation here, and the workload identity webhook looks for a label"
        );
        return (!pod.is_labelled()).then_some(text);
    }
    if STANDARD.iter().any(|(theirs, _)| *theirs == key) {
        let text = format!(
            "annotation `{key}` is read here by wisp, but the workload identity webhook, which comes to this pod, reads it on service accounts only"
        );
        return pod.is_labelled().then_some(text);
    }
    let known: Vec<_> = ANNOTATIONS
        .into_iter()
        .chain(STANDARD.map(|(theirs, _)| theirs))
        .collect();
    match suggest_word(key, &known) {
        Some(meant) => Some(format!("nothing reads annotation `{key}`; did you mean `{meant}`?")),
        None if key.starts_with(PREFIX) => Some(format!("nothing reads annotation `{key}`")),
        None => None,
    }
}
