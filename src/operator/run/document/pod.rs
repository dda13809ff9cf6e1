//! What is told of a pod.

use super::{Action, Pod};
use crate::operator::{
    edit::Step,
    inject::Diagnostic,
    manifest::{LineDiagnostic, parsed::Parsed},
    workload::PodTemplate,
};

/// A diagnostic of a pod, with its line.
pub(super) fn located(
    document: &Parsed<'_>,
    pod_template: &PodTemplate,
    diagnostic: &Diagnostic,
) -> LineDiagnostic {
    let path: Vec<_> = pod_template
        .path
        .iter()
        .chain(&diagnostic.at)
        .cloned()
        .collect();
    LineDiagnostic::at(document.line_of(&path), format!("{}: {}", pod_template.object, diagnostic.text))
}

/// What became of a pod.
pub(super) fn pod(
    document: &Parsed<'_>,
    pod_template: &PodTemplate,
    action: Action,
    detail: String,
    warnings: Vec<LineDiagnostic>,
) -> Pod {
    let object = pod_template
        .path
        .iter()
        .position(|step| *step == Step::from("spec"));
    let at =
        object.map_or(pod_template.path.as_slice(), |end| pod_template.path.get(..end).unwrap_or_default());
    Pod {
        object: pod_template.object.clone(),
        line: document.line_of(at),
        action,
        detail,
        warnings,
        notes: Vec::new(),
    }
}

/// A pod of an object that is not selected.
pub(super) fn not_selected(document: &Parsed<'_>, pod_template: &PodTemplate) -> Pod {
    pod(document, pod_template, Action::Skipped, "`--selector` does not select it".to_owned(), Vec::new())
}
