//! The roll-outs after changes, waited for together.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

use crate::operator::{
    cluster::{Api, Collection, each_object},
    inject::record::INJECTED,
    migrate::{
        execute::{
            State,
            context::{Change, Context, Desk, StepError, name_of},
            record::{Entry, Record},
            rollout::{Rollout, is_finished, is_ready, rollout},
            seen::{Live, kind},
            template::Marks,
        },
        plan::Road,
    },
};

/// How often it is looked, at first and in the end.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(5);

/// Waits until the pods of all `entries` have followed their templates. What is wrong with one is its answer.
pub(in super::super) async fn wait<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &Record,
    entries: &[Entry],
) -> Result<Vec<Result<(), StepError>>, StepError> {
    let deadline = Instant::now() + context.settings.timeout;
    let mut pause = FIRST;
    let mut deleted = BTreeSet::new();
    let mut answers: Vec<Option<Result<(), StepError>>> = vec![None; entries.len()];
    loop {
        let is_over = Instant::now() >= deadline;
        for (entry, answer) in entries.iter().zip(&mut answers) {
            if answer.is_some() {
                continue;
            }
            *answer = match look(context, record, entry, &mut deleted).await {
                Ok(None) => Some(Ok(())),
                Ok(Some(reason)) if is_over => Some(Err(StepError::Failed(format!(
                    "its pods have not followed in {} s: {reason}; see `kubectl describe`, then run this again or `wispctl migrate rollback`",
                    context.settings.timeout.as_secs()
                )))),
                Ok(Some(_)) => None,
                Err(gone @ StepError::Gone(_)) => return Err(gone),
                Err(error) => Some(Err(error)),
            };
        }
        if answers.iter().all(Option::is_some) {
            return Ok(answers.into_iter().flatten().collect());
        }
        tokio::time::sleep(pause.min(deadline.saturating_duration_since(Instant::now()))).await;
        pause = (pause * 2).min(LAST);
    }
}

/// Why `entry` is not at its end yet; none when it is.
async fn look<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &Record,
    entry: &Entry,
    deleted: &mut BTreeSet<String>,
) -> Result<Option<String>, StepError> {
    let seen = context.see(record, entry).await?;
    let Some(live) = seen.live else {
        // It is done by others, or the step would not have begun; and on the way back, there is nothing left to put back.
        let is_back = entry.doing.is_some_and(|to| to < entry.state);
        if seen.pod.is_some() || seen.hidden.is_none() && is_back {
            return Ok(None);
        }
        return Err(StepError::ByHand("it was deleted meanwhile".to_owned()));
    };
    let reason = match rollout(kind(entry), &live.read) {
        Rollout::Waiting(reason) => return Ok(Some(reason)),
        Rollout::Done => None,
        Rollout::ByDeletion(reason) => Some(reason),
    };
    if reason.is_none() && !comes_by_others(entry) {
        return Ok(None);
    }
    let pods = pods_of(context.calls.api, record, kind(entry), &live).await?;
    let template = live.marks();
    if let Some(reason) = reason {
        let old: Vec<_> = pods
            .iter()
            .filter(|pod| Marks::of(pod).is_older_than(&template))
            .collect();
        if let Some(first) = old.first() {
            if !context.settings.recreate {
                return Err(StepError::ByHand(format!(
                    "{reason}: delete its pods, so that new ones are made ({} of them, such as {}), or give `--recreate`",
                    old.len(),
                    name(first)
                )));
            }
            return replace(context, record, entry, &pods, first, deleted).await;
        }
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let expected = live
            .read
            .pointer("/spec/replicas")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if u64::try_from(ready).unwrap_or(u64::MAX) < expected {
            return Ok(Some(format!("{ready} of {expected} pods are ready")));
        }
    }
    let without = pods.iter().find(|pod| annotation(pod, INJECTED).is_none());
    match without.filter(|_| comes_by_others(entry)) {
        Some(pod) => Err(StepError::Failed(format!(
            "pod {} came without wisp: see that what puts it in (road {}) is installed and serves namespace {}, and run this again",
            name(pod),
            entry.target.road.name(),
            record.namespace
        ))),
        None => Ok(None),
    }
}

/// Whether wisp comes into its pods by somebody else, so that they have to be looked at.
fn comes_by_others(entry: &Entry) -> bool {
    matches!(entry.target.road, Road::Webhook | Road::Policy | Road::Adopt)
        && entry.doing.is_some_and(|to| to >= State::Parallel)
}

/// Deletes one pod after the other, each once those before are ready again.
async fn replace<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &Record,
    entry: &Entry,
    pods: &[Value],
    old: &Value,
    deleted: &mut BTreeSet<String>,
) -> Result<Option<String>, StepError> {
    let pod = name(old);
    let others_are_ready = pods
        .iter()
        .filter(|pod| !std::ptr::eq(*pod, old))
        .all(is_ready);
    if deleted.contains(pod) || !others_are_ready {
        return Ok(Some(format!("pod {pod} is from before")));
    }
    let object = Collection::at("api/v1", "pods", "Pod", Some(&record.namespace)).object(pod);
    let answer = context.calls.delete(&object, old).await;
    let change = Change {
        namespace: &record.namespace,
        object: format!("Pod {pod}"),
        what: format!("deleted, for {} makes a new one", name_of(entry)),
        states: entry.doing.map(|to| (entry.state, to)),
    };
    context.audited(&change, answer)?;
    deleted.insert(pod.to_owned());
    Ok(Some(format!("pod {pod} is replaced")))
}

/// The pods that `live` makes, those that have ended left out.
async fn pods_of<A: Api>(api: &A, record: &Record, kind: &str, live: &Live) -> Result<Vec<Value>, StepError> {
    if live.location.is_empty() {
        return Ok(vec![live.read.clone()]);
    }
    let collection = Collection::at("api/v1", "pods", "Pod", Some(&record.namespace));
    let uid = live.read.pointer("/metadata/uid").and_then(Value::as_str);
    // A Deployment owns ReplicaSets, which are called as it is, with a digest behind. Of other kinds, such a ReplicaSet is somebody else's.
    let has_replica_sets = matches!(kind, "Deployment" | "Rollout");
    let replica_sets = format!("{}-", live.object.name());
    let mut pods = Vec::new();
    each_object(api, &collection, |pod| {
        let owners = pod
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array);
        let is_owned = owners.into_iter().flatten().any(|owner| {
            let text = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
            let digest = text("name").strip_prefix(&replica_sets);
            let is_of_replica_set = has_replica_sets
                && text("kind") == "ReplicaSet"
                && digest.is_some_and(|digest| !digest.contains('-'));
            uid == Some(text("uid")) || is_of_replica_set
        });
        let is_going = pod.pointer("/metadata/deletionTimestamp").is_some();
        if is_owned && !is_going && !is_finished("Pod", &pod) {
            pods.push(pod);
        }
    })
    .await?;
    Ok(pods)
}

fn name(pod: &Value) -> &str {
    pod.pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn annotation<'a>(pod: &'a Value, key: &str) -> Option<&'a Value> {
    pod.pointer("/metadata/annotations")?.get(key)
}
