//! Pods and Jobs, of which Kubernetes lets nobody change the template: deleted, and made anew.
//!
//! What is made is remembered before anything is deleted, so that an interruption loses nothing.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Direction;
use crate::operator::{
    cluster::{Api, ApiError},
    migrate::{
        execute::{
            context::{Change, Context, Desk, StepError},
            record::{Anew, Entry, Record},
            seen::Live,
            template::{own_label_follows, set},
        },
        inventory::collections,
    },
    pod_identity::LABEL,
};

/// How often it is looked whether the old one is gone.
const PAUSE: Duration = Duration::from_secs(1);

/// Deletes the object of `live`, once it is remembered how it is made anew with the template `after`. Whoever has written it since it
/// was read is not overwritten.
pub(super) async fn begin<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &mut Entry,
    direction: Direction,
    live: &Live,
    after: &Value,
) -> Result<(), StepError> {
    if !context.settings.recreate {
        return Err(StepError::ByHand(format!(
            "a {} cannot be changed: make it anew from its manifest with what is planned, or give `--recreate`",
            entry.kind
        )));
    }
    let mut object = live.read.clone();
    if live.location.is_empty() {
        object = after.clone();
    } else if let Some(template) = object.pointer_mut(&live.location) {
        *template = after.clone();
    }
    if let Some(operation) = own_label_follows(&live.read, &live.location, entry, after) {
        set(&mut object, "labels", LABEL, operation.get("value").and(entry.label.as_deref()));
    }
    let uid = live.read.pointer("/metadata/uid").and_then(Value::as_str);
    let object = stripped(object);
    entry.anew = Some(Anew { uid: uid.map(str::to_owned), object: object.clone() });
    record.put(context.calls, entry).await?;
    // While it is there there can be no other of its name. Whatever else the API server has against the new one, it says now, and the
    // old one stays.
    match context.calls.create(&live.object, &object).await {
        Err(ApiError::Conflict(_)) => {}
        made => {
            let what = format!("made anew: {}", direction.words(entry));
            return context
                .audited(&change(record, entry, direction, what), made)
                .map(drop);
        }
    }
    match context
        .calls
        .delete_unchanged(&live.object, &live.read)
        .await
    {
        Err(error @ ApiError::Conflict(_)) => Err(error.into()),
        deleted => {
            let change = change(record, entry, direction, "deleted, to be made anew".to_owned());
            context.audited(&change, deleted)
        }
    }
}

/// Waits until the old object is gone, and makes the new one where it is not there yet. Nothing is done while the old one is there and
/// not about to go: it is what it was before.
pub(super) async fn go_on<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &Record,
    entry: &Entry,
    direction: Direction,
) -> Result<(), StepError> {
    let Some(anew) = &entry.anew else { return Ok(()) };
    let collection = collections(&entry.kind, &record.namespace)
        .into_iter()
        .next();
    let Some(collection) = collection else { return Ok(()) };
    let object = collection.object(&entry.name);
    let deadline = Instant::now() + context.settings.timeout;
    while let Some(found) = context.calls.get(&object).await? {
        let is_going = found.pointer("/metadata/deletionTimestamp").is_some();
        if found.pointer("/metadata/uid").and_then(Value::as_str) != anew.uid.as_deref() || !is_going {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(StepError::Failed(format!("{object} is not gone in time; run this again")));
        }
        tokio::time::sleep(PAUSE).await;
    }
    // Where it is there by now, it is seen what it is.
    let made = match context.calls.create(&object, &anew.object).await {
        Err(ApiError::Conflict(_)) => return Ok(()),
        made => made,
    };
    let change = change(record, entry, direction, format!("made anew: {}", direction.words(entry)));
    context.audited(&change, made).map(drop)
}

fn change<'a>(record: &'a Record, entry: &Entry, direction: Direction, what: String) -> Change<'a> {
    Change {
        namespace: &record.namespace,
        object: format!("{} {}", entry.kind, entry.name),
        what,
        states: Some((entry.state, direction.to())),
    }
}

/// Fields of metadata that an API server writes.
const OF_SERVER: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Labels that the controller of Jobs writes.
const OF_JOBS: [&str; 4] =
    ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"];
/// How the volume with the token of a pod begins, which admission adds to each pod.
const TOKEN_VOLUME: &str = "kube-api-access-";

/// An object as it can be made again.
pub(in super::super) fn stripped(mut object: Value) -> Value {
    let Some(map) = object.as_object_mut() else { return object };
    map.remove("status");
    if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
        metadata.retain(|key, _| !OF_SERVER.contains(&key.as_str()));
    }
    match map.get("kind").and_then(Value::as_str) {
        Some("Pod") => {
            if let Some(Value::Object(spec)) = map.get_mut("spec") {
                strip_pod(spec);
            }
        }
        Some("Job") => strip_job(&mut object),
        _ => {}
    }
    object
}

fn strip_job(job: &mut Value) {
    if job.pointer("/spec/manualSelector") == Some(&Value::Bool(true)) {
        return;
    }
    if let Some(Value::Object(spec)) = job.get_mut("spec") {
        spec.remove("selector");
    }
    for at in ["/metadata/labels", "/spec/template/metadata/labels"] {
        if let Some(Value::Object(labels)) = job.pointer_mut(at) {
            labels.retain(|key, _| !OF_JOBS.contains(&key.as_str()));
        }
    }
}

/// What admission, the scheduler and `kubectl debug` write into a pod.
fn strip_pod(spec: &mut Map<String, Value>) {
    for key in ["ephemeralContainers", "nodeName", "priority", "preemptionPolicy"] {
        spec.remove(key);
    }
    let is_token = |item: &Value| {
        let name = item.get("name").and_then(Value::as_str);
        name.is_some_and(|name| name.starts_with(TOKEN_VOLUME))
    };
    if let Some(Value::Array(volumes)) = spec.get_mut("volumes") {
        volumes.retain(|volume| !is_token(volume));
    }
    for list in ["containers", "initContainers"] {
        let Some(Value::Array(containers)) = spec.get_mut(list) else { continue };
        for container in containers {
            if let Some(Value::Array(mounts)) = container.get_mut("volumeMounts") {
                mounts.retain(|mount| !is_token(mount));
            }
        }
    }
}
