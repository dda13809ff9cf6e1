//! Each check is provoked, and is the first that is wrong.

mod admission;
mod after;
mod broken;
mod made;
mod manifest;
mod running;

use std::collections::BTreeSet;

use super::scene::{Scene, wrong};
use crate::doctor::{Outcome, table::cluster::ALL};

/// A fault: what is broken, of which workload, by what, and the check that finds it first.
type Fault = (&'static str, &'static str, fn(&mut Scene), &'static str);

/// All of them.
fn faults() -> impl Iterator<Item = &'static Fault> {
    let all = [manifest::FAULTS, admission::FAULTS, made::FAULTS, running::FAULTS, after::FAULTS];
    all.into_iter().flatten()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_wrong_with_what_is_well() {
    for name in ["cart", "orders"] {
        let findings = Scene::of(name).live().await;
        assert_eq!(wrong(&findings), [""; 0], "{name}: {findings:#?}");
        let not_run: Vec<_> = findings
            .iter()
            .filter(|finding| matches!(finding.outcome, Outcome::NotRun { .. }))
            .collect();
        assert!(not_run.is_empty(), "{name}: {not_run:#?}");
        assert!(findings.len() > 25, "{name}: {}", findings.len());
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_found_first_by_its_check() {
    let mut missed = Vec::new();
    for (what, name, broken, expected) in faults() {
        let mut scene = Scene::of(name);
        broken(&mut scene);
        let findings = scene.live().await;
        let found = wrong(&findings);
        if found.first() != Some(expected) {
            missed.push(format!("{what}: expected {expected}, found {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), faults().count(), missed.join("\n"));
}

#[test]
fn every_check_is_provoked() {
    let provoked: BTreeSet<_> = faults().map(|(.., id)| *id).collect();
    // What cannot be read is in the tests of dumps.
    let missing: Vec<_> = ALL
        .iter()
        .map(|check| check.id)
        .filter(|id| !provoked.contains(id) && *id != "readable")
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let mut names: Vec<_> = faults().map(|(what, ..)| *what).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), faults().count());
    assert!(faults().count() >= 70, "{}", faults().count());
}

/// What dumps show is found in dumps as well. A dump does not show that nothing is there.
#[test]
fn dumps_show_the_same() {
    let only_live = [
        "azwi-webhook",
        "azwi-service",
        "injector",
        "injector-bundle",
        "policy-binding",
        "pod-created",
        "log-init",
    ];
    let mut missed = Vec::new();
    for (what, name, broken, expected) in faults() {
        let mut scene = Scene::of(name);
        broken(&mut scene);
        let findings = scene.dumped();
        let found = wrong(&findings);
        if found.first() != Some(expected) && !only_live.contains(expected) {
            missed.push(format!("{what}: expected {expected}, found {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), faults().count(), missed.join("\n"));
}
