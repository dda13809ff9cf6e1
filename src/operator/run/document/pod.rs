//! What is told of a pod.

use super::{Action, Pod};
use crate::operator::{
    edit::Step,
    inject::Diagnostic,
    manifest::{LineDiagnostic, parsed::Parsed},
    workload::PodTemplate,
};

/// A diagnostic of a pod, with its line.
pub(super) fn located(document: &Parsed<'_>, place: &PodTemplate, diagnostic: &Diagnostic) -> LineDiagnostic {
    let path: Vec<_> = place.path.iter().chain(&diagnostic.at).cloned().collect();
    LineDiagnostic::at(document.line_of(&path), format!("{}: {}", place.object, diagnostic.text))
}

/// What became of a pod.
pub(super) fn pod(
    document: &Parsed<'_>,
    place: &PodTemplate,
    action: Action,
    detail: String,
    warnings: Vec<LineDiagnostic>,
) -> Pod {
    let object = place
        .path
        .iter()
        .position(|step| *step == Step::from("spec"));
    let at = object.map_or(place.path.as_slice(), |end| place.path.get(..end).unwrap_or_default());
    Pod {
        object: place.object.clone(),
        line: document.line_of(at),
        action,
        detail,
        warnings,
        notes: Vec::new(),
    }
}

/// A pod of an object that is not selected.
pub(super) fn not_selected(document: &Parsed<'_>, place: &PodTemplate) -> Pod {
    pod(document, place, Action::Skipped, "`--selector` does not select it".to_owned(), Vec::new())
}
