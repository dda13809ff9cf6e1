//! Findings about many workloads, told in bounded space: one line for what holds, and each failure by itself up to a number.

use std::collections::BTreeMap;

use super::tree::names;
use crate::doctor::{Finding, Outcome, table::cluster::ALL};

/// The most failures and the most warnings of a check that are told each by itself.
pub(super) const MOST: usize = 10;
/// The most names in one line.
pub(super) const MOST_NAMES: usize = 3;
/// The most lines of evidence of what could not be read.
pub(super) const MOST_LINES: usize = 10;

/// `count` things.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// `findings` in the order of the table; those of one check together, and bounded where they are about more than one of `workloads`.
pub(super) fn summarised(findings: Vec<Finding>, workloads: usize) -> Vec<Finding> {
    let location = |finding: &Finding| ALL.iter().position(|check| check.id == finding.check.id);
    let mut by_check: BTreeMap<Option<usize>, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        by_check
            .entry(location(&finding))
            .or_default()
            .push(finding);
    }
    by_check
        .into_values()
        .flat_map(|of_check| if workloads > 1 { bounded(of_check) } else { of_one(of_check) })
        .collect()
}

/// Of one workload: its name stands at the top once.
fn of_one(findings: Vec<Finding>) -> Vec<Finding> {
    let bare = |mut finding: Finding| {
        if !finding.about.starts_with("log ") {
            finding.about.clear();
        }
        finding
    };
    findings.into_iter().map(bare).collect()
}

/// Of many: what failed first, each by itself; then what could not run, by its reason; then what holds, as one.
fn bounded(findings: Vec<Finding>) -> Vec<Finding> {
    let (mut failed, mut warned, mut passed) = (Vec::new(), Vec::new(), Vec::new());
    let mut not_run: BTreeMap<(String, String), Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        match &finding.outcome {
            Outcome::Failed(_) => failed.push(finding),
            Outcome::Warned(_) => warned.push(finding),
            Outcome::Passed(_) => passed.push(finding),
            Outcome::NotRun { why, how } => not_run
                .entry((why.clone(), how.clone()))
                .or_default()
                .push(finding),
        }
    }
    let mut all = several(failed);
    all.extend(several(warned));
    for ((why, how), of_reason) in not_run {
        let about = abouts(&of_reason);
        let check = of_reason.first().map(|finding| finding.check);
        all.extend(check.map(|check| check.not_run(why, how).about(about)));
    }
    match passed.as_slice() {
        [] => {}
        [one] => all.push(one.clone()),
        [first, ..] => {
            let found = format!("{} ({})", counted(passed.len(), "workload"), abouts(&passed));
            all.push(first.check.passed(found));
        }
    }
    all
}

/// The first of them, and the names of the others in the last.
fn several(mut findings: Vec<Finding>) -> Vec<Finding> {
    if findings.len() <= MOST {
        return findings;
    }
    let more = findings.split_off(MOST);
    if let Some(last) = findings.last_mut()
        && let Outcome::Failed(diagnosis) | Outcome::Warned(diagnosis) = &mut last.outcome
    {
        let line = format!("the same check, not told here: {} more, {}", more.len(), abouts(&more));
        diagnosis.evidence.push(line);
    }
    findings
}

fn abouts(findings: &[Finding]) -> String {
    let all: Vec<_> = findings
        .iter()
        .map(|finding| finding.about.clone())
        .filter(|about| !about.is_empty())
        .collect();
    names(&all, MOST_NAMES)
}
