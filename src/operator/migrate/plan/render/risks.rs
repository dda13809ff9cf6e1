//! The tables of risks.

use std::collections::BTreeMap;

use crate::operator::migrate::{
    plan::model::{Plan, Risk},
    tables::Section,
};

/// How many are named where there is no room for all.
const MOST_NAMED: usize = 3;

/// Each risk once, with how often it was found.
pub(super) fn risks_by_id(plan: &Plan) -> Section {
    let mut order: Vec<&Risk> = Vec::new();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for risk in &plan.risks {
        let about = found.entry(risk.id.name()).or_default();
        if about.is_empty() {
            order.push(risk);
        }
        about.push(&risk.about);
    }
    let row = |risk: &&Risk| {
        let about = found.get(risk.id.name()).map_or(&[][..], Vec::as_slice);
        vec![
            risk.severity.to_owned(),
            risk.id.name().to_owned(),
            about.len().to_string(),
            some(about),
            risk.advice.to_owned(),
        ]
    };
    Section {
        title: "Risks",
        columns: &["SEVERITY", "RISK", "FOUND", "ABOUT", "WHAT TO DO"],
        rows: order.iter().map(row).collect(),
    }
}

/// The first of `names`, and how many more there are.
fn some(names: &[&str]) -> String {
    let first: Vec<_> = names.iter().take(MOST_NAMED).copied().collect();
    match names.len().saturating_sub(MOST_NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Each risk as often as it was found.
pub(crate) fn risks(all: &[Risk]) -> Section {
    let row = |risk: &Risk| {
        vec![
            risk.severity.to_owned(),
            risk.id.name().to_owned(),
            risk.about.clone(),
            risk.found.clone(),
            risk.advice.to_owned(),
        ]
    };
    Section {
        title: "Risks",
        columns: &["SEVERITY", "RISK", "ABOUT", "FOUND", "WHAT TO DO"],
        rows: all.iter().map(row).collect(),
    }
}
