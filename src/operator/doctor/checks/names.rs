//! Labels and annotations that are nearly those that somebody reads.

use super::Look;
use crate::{
    doctor::{Diagnosis, Finding, table::cluster::NAMES},
    operator::{
        cluster::NAMESPACES,
        doctor::{
            case::Case,
            facts::Known,
            meant::misspelt,
            tree::{NOTHING, quoted},
        },
    },
};

/// In chain order.
pub(super) const LOOKS: &[Look] = &[names];

/// Where they stand in objects.
const KINDS: [(&str, &str); 2] = [("label", "/metadata/labels"), ("annotation", "/metadata/annotations")];

fn names(case: &Case<'_>) -> Option<Finding> {
    let account = match case.account() {
        Known::There(account) => account,
        _ => &NOTHING,
    };
    let namespace = match case.facts.get(NAMESPACES, "", &case.workload.namespace) {
        Known::There(namespace) => namespace,
        _ => &NOTHING,
    };
    let objects = [
        (case.workload.object.unwrap_or(&NOTHING), case.workload.display()),
        (case.template(), "the pod template".to_owned()),
        (account, format!("service account {}", case.account_name())),
        (namespace, format!("namespace {}", case.workload.namespace)),
    ];
    let mut lines = Vec::new();
    for (object, location) in &objects {
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
