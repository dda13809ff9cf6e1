//! Two who work on one namespace at the same time.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{Command, apply, cleanup, cluster, kit::objects, rollback, status};
use crate::operator::{
    cluster::fake::Fake,
    migrate::execute::{Consent, Report, State},
};

async fn apply_some(fake: &Fake, workloads: &[&str], to: State) -> Report {
    let mut command = Command::new(fake);
    command.scope.workloads = workloads.iter().map(|name| (*name).to_owned()).collect();
    command.run(async |run| run.apply(to).await).await.0
}

/// Whatever came of two runs, each workload can go on, and all the way back.
async fn goes_on(fake: &Fake, before: &BTreeMap<String, Value>) {
    let (report, _) = apply(fake, State::CutOver).await;
    assert!(report.is_whole(), "{report:?}");
    assert!(!status(fake).await.0.has_drift());
    assert!(cleanup(fake).await.0.is_whole());
    let (report, _) = rollback(fake, State::NotStarted).await;
    assert!(report.is_whole(), "{report:?}");
    assert_eq!(objects(fake), *before);
}

#[tokio::test(start_paused = true)]
async fn each_with_workloads_of_its_own_both_come_through() {
    let fake = cluster();
    let before = objects(&fake);
    let (one, other) = tokio::join!(
        apply_some(&fake, &["orders"], State::CutOver),
        apply_some(&fake, &["StatefulSet/bills", "nightly"], State::CutOver)
    );
    // Where both begin the record, one of them is told.
    for report in [&one, &other] {
        assert!(report.by_hand.is_empty(), "{report:?}");
    }
    assert!(one.is_whole() || other.is_whole(), "{one:?} {other:?}");
    goes_on(&fake, &before).await;
}

#[tokio::test(start_paused = true)]
async fn with_the_same_workloads_one_is_told() {
    for late in 0..12 {
        let fake = cluster();
        let before = objects(&fake);
        let later = async {
            tokio::time::sleep(Duration::from_millis(late * 37)).await;
            apply(&fake, State::CutOver).await.0
        };
        let (one, other) = tokio::join!(apply(&fake, State::CutOver), later);
        let failed = [one.0.failed, other.failed].concat().join("\n");
        assert!(one.0.by_hand.is_empty() && other.by_hand.is_empty());
        assert!(
            failed.is_empty()
                || failed.contains("another run has changed")
                || failed.contains("again and again"),
            "{failed}"
        );
        goes_on(&fake, &before).await;
    }
}

#[tokio::test(start_paused = true)]
async fn there_and_back_at_once_loses_nothing() {
    for late in 0..12 {
        let fake = cluster();
        let before = objects(&fake);
        apply(&fake, State::Parallel).await;
        let later = async {
            tokio::time::sleep(Duration::from_millis(late * 37)).await;
            rollback(&fake, State::NotStarted).await.0
        };
        tokio::join!(apply(&fake, State::CutOver), later);
        goes_on(&fake, &before).await;
    }
}

/// A run that waits for its user, while another one does it all.
#[tokio::test(start_paused = true)]
async fn what_was_agreed_to_is_done_to_what_was_shown() {
    let fake = cluster();
    let before = objects(&fake);
    let other = cluster();
    assert!(apply(&other, State::Parallel).await.0.is_whole());
    let command = Command { consent: Consent::Ask, becomes: Some(&other), ..Command::new(&fake) };
    let (report, messages) = command
        .run(async |run| run.apply(State::CutOver).await)
        .await;
    insta::assert_snapshot!(report.failed.join("\n"), @"namespace shop: another run has changed `workload.CronJob.nightly` in ConfigMap shop/wisp-migration since it was read, and nothing was overwritten: see that no other wispctl works on this namespace, then run this again");
    assert!(messages.audit.is_empty(), "{:?}", messages.audit);
    assert_eq!(objects(&fake), objects(&other));
    goes_on(&fake, &before).await;
}
