//! Interrupted anywhere, before a call and after it, each command ends where it would have ended.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Command, cluster,
    kit::{CRON_JOB, DEPLOYMENT, JOB, POD, STATEFUL_SET, objects, put, template},
};
use crate::operator::{
    cluster::{Collection, fake::Fake},
    migrate::execute::State,
};

/// Fails with the objects that differ, except for what is remembered: that tells less of a change whose answer was lost.
fn same(found: &BTreeMap<String, Value>, expected: &BTreeMap<String, Value>, when: &str) {
    let names: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    for name in names {
        let is_record = name.contains("/configmaps/wisp-migration");
        let (one, other) = (found.get(name), expected.get(name));
        assert!(
            if is_record { one.is_some() == other.is_some() } else { one == other },
            "{when}: {name}: {one:?} instead of {other:?}"
        );
    }
}

fn command<'a>(fake: &'a Fake, decisions: &'a str) -> Command<'a> {
    let mut command = Command { decisions, ..Command::new(fake) };
    command.settings.recreate = true;
    command
}

/// All the way there, and again as often as it was interrupted.
async fn there(fake: &Fake, decisions: &str) -> bool {
    let command = command(fake, decisions);
    let there = command
        .tried(async |run| run.apply(State::CutOver).await)
        .await;
    if !there.is_ok_and(|(report, _)| report.is_whole()) {
        return false;
    }
    let cleaned = command.tried(async |run| run.cleanup().await).await;
    cleaned.is_ok_and(|(report, _)| report.is_whole())
}

async fn back(fake: &Fake, decisions: &str) -> bool {
    let command = command(fake, decisions);
    let back = command
        .tried(async |run| run.rollback(State::NotStarted).await)
        .await;
    back.is_ok_and(|(report, _)| report.is_whole())
}

/// How many calls there are before each that writes, of those that `act` makes.
async fn before_writes(fake: &Fake, act: impl AsyncFnOnce(&Fake) -> bool) -> Vec<usize> {
    fake.calls();
    assert!(act(fake).await);
    let calls = fake.calls().into_iter().enumerate();
    let writes = calls.filter(|(_, call)| !call.starts_with("get ") && !call.starts_with("list "));
    writes.map(|(index, _)| index).collect()
}

/// Interrupts the way there and back before each call that writes, and before its answer: reading changes nothing. The answer is how
/// often.
async fn interrupt(make: fn() -> Fake, decisions: &str) -> usize {
    let whole = make();
    let before = objects(&whole);
    let on_the_way_there = before_writes(&whole, async |fake| there(fake, decisions).await).await;
    let (end, cleaned) = (objects(&whole), Fake::new());
    cleaned.become_like(&whole);
    let on_the_way_back = before_writes(&whole, async |fake| back(fake, decisions).await).await;
    same(&objects(&whole), &before, "back");
    let mut interruptions = 0;
    for (is_back, counts) in [(false, on_the_way_there), (true, on_the_way_back)] {
        for (count, is_lost) in counts
            .into_iter()
            .flat_map(|count| [(count, false), (count, true)])
        {
            let when = format!("{count} answers, is_back {is_back}, is_lost {is_lost}");
            let fake = make();
            if is_back {
                fake.become_like(&cleaned);
            }
            if is_lost {
                fake.lost_after(Some(count));
            } else {
                fake.gone_after(Some(count));
            }
            let is_whole = if is_back { back(&fake, decisions).await } else { there(&fake, decisions).await };
            assert!(!is_whole, "{when}");
            fake.gone_after(None);
            if !is_back {
                assert!(there(&fake, decisions).await, "{when}");
                same(&objects(&fake), &end, &when);
            }
            assert!(back(&fake, decisions).await, "{when}");
            same(&objects(&fake), &before, &when);
            interruptions += 1;
        }
    }
    interruptions
}

fn without(fake: &Fake, of: (&'static str, &'static str, &'static str), name: &str) {
    fake.delete(&Collection::at(of.0, of.1, of.2, Some("shop")).object(name));
}

/// A workload with a new account, and one that keeps its own.
fn small() -> Fake {
    let fake = cluster();
    without(&fake, CRON_JOB, "nightly");
    fake
}

/// What Kubernetes does not let change, as an API server has it.
fn unchangeable() -> Fake {
    let fake = cluster();
    for (of, name) in [(CRON_JOB, "nightly"), (STATEFUL_SET, "bills"), (DEPLOYMENT, "orders")] {
        without(&fake, of, name);
    }
    let job = json!({"kind": "Job", "apiVersion": "batch/v1", "spec": {"template": template("bills", Some("bills"))}});
    put(&fake, JOB, "shop", "import", job);
    let mut pod = template("orders", Some("default"));
    pod["kind"] = "Pod".into();
    pod["apiVersion"] = "v1".into();
    put(&fake, POD, "shop", "tool", pod);
    fake
}

/// Adopted pods, which have wisp by the webhook.
fn adopted() -> Fake {
    let fake = small();
    without(&fake, STATEFUL_SET, "bills");
    fake
}

#[tokio::test(start_paused = true)]
async fn workloads_that_roll_out() {
    let count = interrupt(small, "").await;
    assert!(count > 60, "{count}");
}

#[tokio::test(start_paused = true)]
async fn pods_and_jobs_that_are_made_anew() {
    let count = interrupt(unchangeable, "").await;
    assert!(count > 60, "{count}");
}

#[tokio::test(start_paused = true)]
async fn pods_that_are_adopted() {
    let count = interrupt(adopted, "namespaces:\n- {name: shop, road: adopt}\n").await;
    assert!(count > 40, "{count}");
}
