//! The order: namespace by namespace, those without risks first, and so within each of them.

use std::collections::BTreeMap;

use super::{draft::Draft, name_of, risks::Severity};
use crate::operator::migrate::inventory::Inventory;

/// Puts `drafts` in their order and gives them their stages. The answer is the namespaces in theirs.
pub(super) fn order(drafts: &mut [Draft<'_>], inventory: &Inventory) -> Vec<String> {
    let mut worst: BTreeMap<String, Severity> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.is_moved()) {
        let known = worst
            .entry(draft.workload.namespace.clone())
            .or_insert(Severity::Note);
        *known = (*known).max(severity(draft));
    }
    for dependent in &inventory.dependents {
        worst
            .entry(namespace_of(&dependent.object).to_owned())
            .or_insert(Severity::Note);
    }
    let mut stages: Vec<(Severity, String)> = worst
        .into_iter()
        .map(|(namespace, severity)| (severity, namespace))
        .collect();
    stages.sort();
    let stages: Vec<String> = stages.into_iter().map(|(_, namespace)| namespace).collect();
    let numbers: BTreeMap<&str, usize> = stages
        .iter()
        .enumerate()
        .map(|(index, namespace)| (namespace.as_str(), index + 1))
        .collect();
    for draft in drafts.iter_mut().filter(|draft| draft.is_moved()) {
        draft.stage = numbers.get(draft.workload.namespace.as_str()).copied();
    }
    drafts.sort_by_cached_key(|draft| {
        (
            draft.stage.unwrap_or(usize::MAX),
            draft.state,
            severity(draft),
            draft.workload.namespace.clone(),
            name_of(draft.workload),
        )
    });
    stages
}

fn severity(draft: &Draft<'_>) -> Severity {
    let risks = draft.risks.iter().map(|risk| risk.id.severity());
    risks.max().unwrap_or(Severity::Note)
}

/// The namespace of an object as an inventory names it: `Kind namespace/name`. Files and what is in no namespace have none.
pub(super) fn namespace_of(object: &str) -> &str {
    let name = object.split_once(' ').map(|(_, name)| name);
    name.and_then(|name| name.split_once('/'))
        .map_or("", |(namespace, _)| namespace)
}
