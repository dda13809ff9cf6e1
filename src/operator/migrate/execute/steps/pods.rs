//! The pod template of a workload, changed in its object, there and back.

use serde_json::{Value, json};

use super::{Direction, anew};
use crate::operator::{
    cluster::{Api, ApiError},
    migrate::{
        execute::{
            State,
            context::{Change, Context, Desk, Settings, StepError},
            managed::manager,
            record::{Entry, Record},
            rollout::is_finished,
            seen::{Live, kind},
            template::{
                Marks, adopted, adopted_no_more, fingerprint, has_wisp, is_selected_by, own_label,
                own_label_follows, patch, put_in, restored, with_label, without_label,
            },
        },
        plan::Road,
    },
    pod_identity::LABEL,
};

/// How often a change is tried that somebody else was quicker than.
const TRIES: usize = 4;

/// Somebody has deleted it.
const GONE: &str = "it is not there any more";

/// The template after the change; what to tell its owner. It is the same where nothing is to be done.
pub(in super::super) fn planned(
    live: &Live,
    entry: &Entry,
    direction: Direction,
    settings: &Settings,
) -> Result<(Value, Vec<String>), StepError> {
    let template = live.template();
    let marks = Marks::of(template);
    if is_finished(kind(entry), &live.read) {
        return Ok((template.clone(), Vec::new()));
    }
    match direction {
        Direction::There(State::Parallel) if has_wisp(&marks, &entry.target) => {
            Ok((template.clone(), Vec::new()))
        }
        Direction::There(State::Parallel) => {
            put_in(template, &entry.target, live.namespace(), &settings.options).map_err(StepError::ByHand)
        }
        Direction::There(State::Cleaned) if entry.target.road == Road::Adopt => {
            Ok((adopted_no_more(template, &entry.target, live.namespace(), &settings.options), Vec::new()))
        }
        Direction::There(_) if marks.label.is_none() || entry.target.road == Road::Adopt => {
            Ok((template.clone(), Vec::new()))
        }
        Direction::There(_) if is_selected_by(&live.read, LABEL) => Err(StepError::ByHand(format!(
            "its selector asks for label `{LABEL}`, which Kubernetes lets nobody change: delete it and make it anew without, or take the \
             binding away in the end and leave the label"
        ))),
        Direction::There(_) => Ok((without_label(template), Vec::new())),
        Direction::Back(State::Parallel | State::CutOver) if entry.target.road == Road::Adopt => {
            Ok((adopted(template, entry), Vec::new()))
        }
        Direction::Back(State::CutOver) => Ok((template.clone(), Vec::new())),
        Direction::Back(State::Parallel) => Ok((with_label(template, entry.label.as_deref()), Vec::new())),
        Direction::Back(_) => Ok((restored(template, entry)?, Vec::new())),
    }
}

/// Changes the template of `entry`, once it is remembered what it was.
pub(in super::super) async fn change<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &mut Entry,
    direction: Direction,
) -> Result<(), StepError> {
    let mut last = None;
    for _ in 0..TRIES {
        // What was begun is ended first, whichever way it was to go.
        anew::go_on(context, record, entry, direction).await?;
        entry.anew = None;
        let seen = context.see(record, entry).await?;
        if seen.is_done_by_others(entry, direction) {
            entry.doing = Some(direction.to());
            record.put(context.calls, entry).await?;
            return Ok(());
        }
        let Some(live) = seen.live else {
            return match (seen.hidden, direction) {
                (Some(reason), _) => Err(StepError::ByHand(reason)),
                // There is nothing to put back.
                (None, Direction::Back(to)) => {
                    entry.doing = Some(to);
                    Ok(record.put(context.calls, entry).await?)
                }
                (None, Direction::There(_)) => Err(StepError::ByHand(GONE.to_owned())),
            };
        };
        let (after, warnings) = planned(&live, entry, direction, context.settings)?;
        let before = live.template();
        if after == *before {
            remember(context, record, entry, direction, &live).await?;
            return Ok(());
        }
        if let (Some(manager), false) = (manager(&live.read), context.settings.force_managed) {
            return Err(StepError::ByHand(format!("{manager}, or give `--force-managed`")));
        }
        remember(context, record, entry, direction, &live).await?;
        for warning in warnings {
            context
                .desk
                .say(&format!("{} {}: {warning}", entry.kind, entry.name));
        }
        let Some(patch) = patch_of(&live, entry, &after) else {
            match anew::begin(context, record, entry, direction, &live, &after).await {
                Err(StepError::Overtaken(text)) => last = Some(text),
                begun => begun?,
            }
            continue;
        };
        match context.calls.patch(&live.object, &patch).await {
            // The test of a patch: the object is another one than what was read. It is read anew, as is one that is gone.
            Err(ApiError::Conflict(text) | ApiError::NotFound(text)) => last = Some(text),
            Err(ApiError::Status { status: 422, message, .. }) if message == TEST_FAILED => {
                last = Some(message);
            }
            answer => {
                let change = Change {
                    namespace: &record.namespace.clone(),
                    object: format!("{} {}", entry.kind, entry.name),
                    what: direction.words(entry),
                    states: Some((entry.state, direction.to())),
                };
                let answer = context.audited(&change, answer)?;
                entry.written = answer.pointer(&live.location).map(fingerprint);
                record.put(context.calls, entry).await?;
                return Ok(());
            }
        }
    }
    Err(StepError::Failed(format!(
        "somebody else writes it again and again ({}): stop that, and run this again",
        last.unwrap_or_else(|| "what is made anew is not what it should be".to_owned())
    )))
}

/// All that an API server says of a patch whose test failed.
const TEST_FAILED: &str = "the server rejected our request due to an error in our request";

/// What was, before it is changed.
async fn remember<A: Api, D: Desk>(
    context: &Context<'_, A, D>,
    record: &mut Record,
    entry: &mut Entry,
    direction: Direction,
    live: &Live,
) -> Result<(), StepError> {
    let before = live.template();
    let marks = Marks::of(before);
    if let Direction::There(to) = direction {
        if entry.label.is_none() {
            entry.label.clone_from(&marks.label);
        }
        entry.has_own_label |= own_label(&live.read, &live.location).is_some();
        // While it has wisp, it is not what was before wisp.
        if to == State::Parallel && !has_wisp(&marks, &entry.target) && marks.injected.is_none() {
            entry.before = Some(before.clone());
        }
    }
    entry.doing = Some(direction.to());
    record.put(context.calls, entry).await?;
    Ok(())
}

/// The patch of the object; none where Kubernetes allows no change, so that it is made anew.
fn patch_of(live: &Live, entry: &Entry, after: &Value) -> Option<Value> {
    let before = live.template();
    match entry.kind.as_str() {
        "Job" => None,
        "Pod" => {
            // Labels and annotations of a pod may change; nothing else here does.
            let same = |at: &str| before.pointer(at) == after.pointer(at);
            let is_label = same("/spec") && same("/metadata/annotations");
            let labels = |of: &Value| of.pointer("/metadata/labels").cloned();
            is_label.then(|| {
                json!([
                    {"op": "test", "path": "/metadata/labels", "value": labels(before)},
                    {"op": "add", "path": "/metadata/labels", "value": labels(after).unwrap_or_else(|| json!({}))},
                ])
            })
        }
        _ => {
            let mut patch = patch(&live.read, &live.location, before, after);
            if let Some(operations) = patch.as_array_mut() {
                operations.extend(own_label_follows(&live.read, &live.location, entry, after));
            }
            Some(patch)
        }
    }
}
