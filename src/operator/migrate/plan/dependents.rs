//! Programs that depend on pod-managed identity by their own configuration, and when their turn is.

use std::collections::BTreeMap;

use super::{model::PlannedDependent, order::namespace_of, version};
use crate::operator::migrate::inventory::{Inventory, model::Dependent};

/// When the turn of a program is, and why. All others come before the workloads of their namespace: they have identities of their own.
const TURNS: [(&str, &str, &str); 3] = [
    // It asks with the account of the pods that mount it, so that account has to be there.
    (
        "Key Vault CSI provider",
        "after",
        " once the pods that mount it have their service account and credential",
    ),
    ("Key Vault FlexVolume", "before", ""),
    ("label in values", "with", ""),
];

/// The dependents of `inventory`, in their order. `stages` are the namespaces in theirs.
pub(super) fn dependents(inventory: &Inventory, stages: &[String]) -> Vec<PlannedDependent> {
    let numbers: BTreeMap<&str, usize> = stages
        .iter()
        .enumerate()
        .map(|(index, namespace)| (namespace.as_str(), index + 1))
        .collect();
    let mut all: Vec<_> = inventory
        .dependents
        .iter()
        .map(|dependent| {
            let stage = numbers.get(namespace_of(&dependent.object));
            planned(dependent, stage.copied().unwrap_or(stages.len()))
        })
        .collect();
    let turn = |one: &PlannedDependent| {
        ["before", "with", "after"]
            .iter()
            .position(|when| *when == one.when)
    };
    all.sort_by(|one, other| {
        (one.stage, turn(one), one.component, &one.object).cmp(&(
            other.stage,
            turn(other),
            other.component,
            &other.object,
        ))
    });
    all
}

fn planned(dependent: &Dependent, stage: usize) -> PlannedDependent {
    let turn = TURNS
        .iter()
        .find(|(component, ..)| *component == dependent.component);
    let (when, why) = turn.map_or(("before", ""), |(_, when, why)| (*when, *why));
    let Dependent { component, object, version, native_since, instead, .. } = dependent;
    let step = match version {
        _ if when == "with" => {
            format!(
                "{object}: take `{}` out of it, and give the chart's workloads what is planned for them",
                dependent.what
            )
        }
        _ if *native_since == "never" => format!("{component}: {object} gets {instead}"),
        Some(version) if version::is_at_least(version, native_since) => {
            format!("{component} {version} is new enough: {object} gets {instead}{why}")
        }
        Some(version) => format!(
            "{component} {version} is older than {native_since}: raise it, or keep wisp in its pods; then {object} gets {instead}{why}"
        ),
        None => format!("{component}, {native_since} or newer: {object} gets {instead}{why}"),
    };
    PlannedDependent {
        stage,
        component,
        object: object.clone(),
        when,
        native_since,
        version: version.clone(),
        step,
        origin: dependent.origin.clone(),
    }
}
