//! Labels and annotations that are nearly those that somebody reads.

use super::Look;
use crate::{
    doctor::{Diagnosis, Finding, table::cluster::NAMES},
    operator::doctor::{case::Case, meant::misspelt, tree::quoted},
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[names];

/// Where they stand in objects.
const KINDS: [(&str, &str); 2] = [("label", "/metadata/labels"), ("annotation", "/metadata/annotations")];

fn names(case: &Case<'_>) -> Option<Finding> {
    let template = (case.template(), "the pod template".to_owned());
    let mut lines = Vec::new();
    for (object, location) in case.beside_template().into_iter().chain([template]) {
        for (kind, at) in KINDS {
            let found = misspelt(object, at);
            lines.extend(
                found.map(|(key, meant)| format!("{kind} {} of {location}: meant is {meant}", quoted(key))),
            );
        }
    }
    if lines.is_empty() {
        return Some(NAMES.passed(""));
    }
    let mut diagnosis = Diagnosis::new("a name is near to one that counts, and nobody reads it as it is");
    diagnosis.evidence = lines;
    Some(NAMES.warned(diagnosis))
}
