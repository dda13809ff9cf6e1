//! The service account of a workload: made, or told its identity; and back.

use serde_json::{Value, json};

use super::role_bindings;
use crate::operator::{
    cluster::{Api, Object},
    migrate::{
        execute::{
            State,
            context::{Change, Context, Desk, StepError},
            managed::manager,
            record::{Account, Entry, Record},
            seen::{CLIENT_ID, annotation, annotations},
        },
        plan::Road,
        state::MANAGED_BY,
    },
};

/// How often it is tried to write what somebody else writes too.
const TRIES: usize = 4;

/// Sees that the service account of `entry` is there and names its identity.
pub(in super::super) async fn prepare<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &mut Entry,
) -> Result<(), StepError> {
    let object = Object::service_account(&record.namespace, &entry.target.account);
    let is_kept = entry.target.road == Road::Adopt;
    let mut tries = TRIES;
    loop {
        let done = match context.calls.get(&object).await? {
            None if is_kept => {
                return Err(StepError::ByHand(format!(
                    "{object} is not there: its pods cannot start without it"
                )));
            }
            None => make(context, record, entry, &object).await,
            Some(_) if is_kept => Ok(()),
            Some(found) => annotate(context, record, entry, &object, &found).await,
        };
        tries -= 1;
        match done {
            // Somebody else was quicker; it is read anew.
            Err(StepError::Overtaken(_)) if tries > 0 => {}
            done => break done?,
        }
    }
    role_bindings::settle(context, record, entry).await
}

async fn make<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &Entry,
    object: &Object,
) -> Result<(), StepError> {
    let known = record
        .accounts
        .get(object.name())
        .cloned()
        .unwrap_or_default();
    record
        .put_account(context.calls, Account { name: object.name().to_owned(), is_made: true, ..known })
        .await?;
    let old = Object::service_account(&record.namespace, &entry.target.current_account);
    let old = if old == *object { None } else { context.calls.get(&old).await? };
    let (label, value) = MANAGED_BY;
    let names: serde_json::Map<_, Value> = annotations(entry)
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
    let mut body = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": object.name(),
            "namespace": record.namespace,
            "labels": {label: value},
            "annotations": names,
        },
    });
    // Without them its pods could not pull their images.
    let secrets = old.as_ref().and_then(|old| old.get("imagePullSecrets"));
    if let Some(secrets) = secrets {
        body["imagePullSecrets"] = secrets.clone();
    }
    let change = Change {
        namespace: &record.namespace,
        object: format!("ServiceAccount {}", object.name()),
        what: "made, with the client id".to_owned(),
        states: Some((entry.state, State::Prepared)),
    };
    let made = context.calls.create(object, &body).await;
    context.audited(&change, made).map(drop)
}

async fn annotate<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &Entry,
    object: &Object,
    found: &Value,
) -> Result<(), StepError> {
    let expected = annotations(entry);
    let missing: Vec<_> = expected
        .into_iter()
        .filter(|(key, value)| annotation(found, key) != Some(value))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if let (Some(other), Some((_, id))) =
        (annotation(found, CLIENT_ID), missing.iter().find(|(key, _)| *key == CLIENT_ID))
    {
        return Err(StepError::ByHand(format!(
            "{object} names client id {other}, and {id} is planned: see who uses it, and decide (`serviceAccount`, `clientId`)"
        )));
    }
    if let (Some(manager), false) = (manager(found), context.settings.force_managed) {
        let texts: Vec<_> = missing
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect();
        return Err(StepError::ByHand(format!(
            "{object} needs annotations {}; {manager}, or give `--force-managed`",
            texts.join(", ")
        )));
    }
    let mut known = record
        .accounts
        .get(object.name())
        .cloned()
        .unwrap_or_default();
    object.name().clone_into(&mut known.name);
    for (key, _) in &missing {
        let was = annotation(found, key).map(str::to_owned);
        known.annotations.entry((*key).to_owned()).or_insert(was);
    }
    record.put_account(context.calls, known).await?;
    let new: serde_json::Map<_, Value> = missing
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    let patch = guarded(found, &json!({"annotations": new}));
    let change = Change {
        namespace: &record.namespace,
        object: format!("ServiceAccount {}", object.name()),
        what: "told the client id by annotation".to_owned(),
        states: Some((entry.state, State::Prepared)),
    };
    let patched = context.calls.patch(object, &patch).await;
    context.audited(&change, patched).map(drop)
}

/// Undoes what was done to the service account of `entry`, unless another workload still has it.
pub(in super::super) async fn forget<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &Entry,
) -> Result<(), StepError> {
    let name = entry.target.account.clone();
    let Some(known) = record.accounts.get(&name).cloned() else { return Ok(()) };
    let own = entry.key();
    // Another run may have come to a workload that has it too.
    let fresh = Record::read(context.calls, &record.namespace).await?;
    let is_used = fresh.workloads.iter().any(|(key, other)| {
        *key != own
            && other.target.account == name
            && (other.state >= State::Prepared || other.doing.is_some())
    });
    if is_used {
        return Ok(());
    }
    role_bindings::forget(context, record, &known).await?;
    let object = Object::service_account(&record.namespace, &name);
    let states = Some((entry.state, State::NotStarted));
    let namespace = record.namespace.clone();
    let change = |text: &str| Change {
        namespace: &namespace,
        object: format!("ServiceAccount {name}"),
        what: text.to_owned(),
        states,
    };
    if let Some(found) = context.calls.get(&object).await? {
        let (label, _) = MANAGED_BY;
        let is_ours = found
            .pointer("/metadata/labels")
            .is_some_and(|labels| labels.get(label).is_some());
        if known.is_made && is_ours {
            let deleted = context.calls.delete(&object, &found).await;
            context.audited(&change("deleted"), deleted)?;
        } else if !known.annotations.is_empty() {
            let patch = guarded(&found, &json!({"annotations": known.annotations}));
            let patched = context.calls.patch(&object, &patch).await;
            context.audited(&change("annotations put back as they were"), patched)?;
        }
    }
    record.forget_account(context.calls, &name).await?;
    Ok(())
}

/// A merge patch of metadata that is refused if the object is not what was read any more.
fn guarded(found: &Value, metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    if let Some(version) = found.pointer("/metadata/resourceVersion") {
        metadata["resourceVersion"] = version.clone();
    }
    json!({"metadata": metadata})
}
