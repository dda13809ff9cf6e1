//! What is told of a pod.

use super::{Action, Pod};
use crate::operator::{
    edit::Step,
    inject::Problem,
    manifest::{Trouble, parsed::Parsed},
    workload::PodTemplate,
};

/// A problem of a pod, with its line.
pub(super) fn located(document: &Parsed<'_>, place: &PodTemplate, problem: &Problem) -> Trouble {
    let path: Vec<_> = place.path.iter().chain(&problem.at).cloned().collect();
    Trouble::at(document.line_of(&path), format!("{}: {}", place.object, problem.text))
}

/// What became of a pod.
pub(super) fn pod(
    document: &Parsed<'_>,
    place: &PodTemplate,
    action: Action,
    detail: String,
    warnings: Vec<Trouble>,
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
