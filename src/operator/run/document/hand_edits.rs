//! What people changed in what was injected.

use super::{Action, Pod, pod::located};
use crate::operator::{
    edit::get,
    inject::{self, Diagnostic},
    manifest::{LineDiagnostic, parsed::Parsed},
    workload::PodTemplate,
};

/// Refuses what would drop something that a person wrote, or warns of it if that is what is wanted.
pub(super) fn keep_edits(
    original: &Parsed<'_>,
    result: &Parsed<'_>,
    pod_templates: &[PodTemplate],
    pods: &mut [Pod],
    discard_edits: bool,
) -> Result<(), Vec<LineDiagnostic>> {
    let mut diagnostics = Vec::new();
    for (pod, pod_template) in pods.iter_mut().zip(pod_templates) {
        let template = |document: &Parsed<'_>| {
            get(&document.value, &pod_template.path)
                .cloned()
                .unwrap_or_default()
        };
        let (before, after) = (template(original), template(result));
        if before == after || pod.action == Action::Unchanged {
            continue;
        }
        for edit in inject::hand_edits(&before, &after) {
            if discard_edits || !edit.is_lost {
                pod.warnings
                    .push(located(original, pod_template, &edit.diagnostic));
            } else {
                let diagnostic =
                    Diagnostic { text: format!("{}; {REMEDY}", edit.diagnostic.text), ..edit.diagnostic };
                diagnostics.push(located(original, pod_template, &diagnostic));
            }
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}

/// What to do about an edit that would be lost.
const REMEDY: &str = "make it a choice, undo it, or drop it with `--discard-edits`";
