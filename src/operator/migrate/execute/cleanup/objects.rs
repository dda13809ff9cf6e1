//! Objects of pod-managed identity deleted, and made again.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Change, Context, Desk, Entry, Record, State, StepError};
use crate::operator::{
    cluster::{Api, ApiError, Collection},
    migrate::{
        execute::{record::TargetIdentity, steps::stripped},
        inventory::Inventory,
    },
};

/// Where pod-managed identity has its kinds.
const ROOT: &str = "apis/aadpodidentity.k8s.io/v1";

/// A kind of pod-managed identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Kind {
    Binding,
    Identity,
    Exception,
    Assigned,
}

impl Kind {
    /// Its name.
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::Binding => "AzureIdentityBinding",
            Self::Identity => "AzureIdentity",
            Self::Exception => "AzurePodIdentityException",
            Self::Assigned => "AzureAssignedIdentity",
        }
    }

    fn collection(self, namespace: &str) -> Collection {
        let namespace = Some(namespace);
        match self {
            Self::Binding => Collection::azure_identity_bindings(namespace),
            Self::Identity => Collection::azure_identities(namespace),
            Self::Exception => Collection::azure_pod_identity_exceptions(namespace),
            Self::Assigned => {
                Collection::at(ROOT, "azureassignedidentities", "AzureAssignedIdentity", namespace)
            }
        }
    }
}

/// An object that goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Gone {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
}

impl Gone {
    pub(super) fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Its name in its namespace.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// Deletes an object, once it is remembered in the record of its namespace.
pub(super) async fn delete<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    records: &mut Vec<Record>,
    gone: &Gone,
    inventory: &Inventory,
) -> Result<(), StepError> {
    let collection = gone.kind.collection(&gone.namespace);
    let object = collection.object(&gone.name);
    let Some(mut found) = context.calls.get(&object).await? else { return Ok(()) };
    found["kind"] = collection.kind().into();
    found["apiVersion"] = collection.api_version().into();
    // What MIC notes of pods, it notes anew.
    if gone.kind != Kind::Assigned {
        let known = records
            .iter()
            .position(|record| record.namespace == gone.namespace);
        let at = if let Some(at) = known {
            at
        } else {
            records.push(Record::read(context.calls, &gone.namespace).await?);
            records.len() - 1
        };
        if let Some(record) = records.get_mut(at) {
            record
                .put_removed(context.calls, gone.kind.name(), &gone.name, stripped(found.clone()))
                .await?;
        }
    }
    let change = Change {
        namespace: &gone.namespace,
        object: format!("{} {}", gone.kind.name(), gone.name),
        what: "deleted".to_owned(),
        states: None,
    };
    let deleted = context.calls.delete(&object, &found).await;
    context.audited(&change, deleted)?;
    let has_finalizers = found.pointer("/metadata/finalizers").is_some();
    if gone.kind == Kind::Assigned && has_finalizers && inventory.installation.programs.is_empty() {
        // MIC, which takes them off, is gone.
        match context
            .calls
            .patch(&object, &json!({"metadata": {"finalizers": null}}))
            .await
        {
            Ok(_) | Err(ApiError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Makes again what `entry` had and was deleted: identities first, so that no binding is without. What is not there is told of an
/// `entry` that was cleaned; others may have been moved by hand, and back.
pub(in super::super) async fn restore<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    own: &mut Record,
    entry: &Entry,
) -> Result<(), StepError> {
    for (kind, full_name) in objects_of(entry) {
        let (namespace, name) = full_name
            .split_once('/')
            .unwrap_or((&own.namespace, full_name));
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let is_needed =
            |record: &Record| entry.state == State::Cleaned || record.removed(kind.name(), &name).is_some();
        if namespace != own.namespace {
            let mut other = Record::read(context.calls, &namespace).await?;
            if is_needed(&other) {
                make(context, &mut other, kind, &name, Some(entry)).await?;
                other.end(context.calls).await?;
            }
        } else if is_needed(own) {
            make(context, own, kind, &name, Some(entry)).await?;
        }
    }
    Ok(())
}

/// The objects of `entry`, identities first.
fn objects_of(entry: &Entry) -> impl Iterator<Item = (Kind, &String)> {
    let identities = entry
        .target
        .identities
        .iter()
        .filter_map(|one| one.azure_identity.as_ref());
    let bindings = entry.target.bindings.iter();
    identities
        .map(|name| (Kind::Identity, name))
        .chain(bindings.map(|name| (Kind::Binding, name)))
}

/// Those of them that were deleted in its own namespace.
pub(in super::super) fn lost_objects(own: &Record, entry: &Entry) -> Vec<String> {
    let is_lost = |(kind, full_name): &(Kind, &String)| {
        let parts = full_name.split_once('/');
        parts.is_some_and(|(namespace, name)| {
            namespace == own.namespace && own.removed(kind.name(), name).is_some()
        })
    };
    objects_of(entry)
        .filter(is_lost)
        .map(|(kind, full_name)| format!("{} {full_name}", kind.name()))
        .collect()
}

/// Exceptions of the namespace of `record` that were deleted, by kind and name; with `is_all`, identities and bindings too that no
/// workload of it had.
pub(in super::super) fn lost_others(record: &Record, is_all: bool) -> Vec<(Kind, String)> {
    let kinds: &[Kind] =
        if is_all { &[Kind::Exception, Kind::Identity, Kind::Binding] } else { &[Kind::Exception] };
    let had: BTreeSet<_> = record
        .workloads
        .values()
        .flat_map(objects_of)
        .map(|(kind, full_name)| (kind.name(), full_name.as_str()))
        .collect();
    let all = kinds.iter().flat_map(|kind| {
        record
            .removed_of(kind.name())
            .into_iter()
            .map(|name| (*kind, name))
    });
    all.filter(|(kind, name)| {
        let full_name = format!("{}/{name}", record.namespace);
        !had.contains(&(kind.name(), full_name.as_str()))
    })
    .collect()
}

/// Makes them again. Once NMI is there again, it would answer the pods of an exception itself.
pub(in super::super) async fn restore_others<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    is_all: bool,
) -> Result<(), StepError> {
    for (kind, name) in lost_others(record, is_all) {
        make(context, record, kind, &name, None).await?;
    }
    Ok(())
}

/// How Azure makes an identity of the add-on anew, with its binding.
fn by_azure(namespace: &str, name: &str, entry: Option<&Entry>) -> String {
    let full_name = format!("{namespace}/{name}");
    let is_it = |one: &&TargetIdentity| one.azure_identity.as_ref() == Some(&full_name);
    let identity = entry.and_then(|entry| entry.target.identities.iter().find(is_it));
    let Some(id) = identity.and_then(|one| one.resource_id.as_deref()) else { return String::new() };
    let label = entry.and_then(|entry| entry.label.as_deref());
    let selector = label.filter(|label| *label != name);
    let selector = selector.map(|label| format!(" --binding-selector {label}"));
    format!(
        ", of the AKS add-on by `az aks pod-identity add --namespace {namespace} --name {name} --identity-resource-id {id}{} \
         --resource-group GROUP --cluster-name CLUSTER`",
        selector.unwrap_or_default()
    )
}

async fn make<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    kind: Kind,
    name: &str,
    entry: Option<&Entry>,
) -> Result<(), StepError> {
    let namespace = record.namespace.clone();
    let object = kind.collection(&namespace).object(name);
    let Some(removed) = record.removed(kind.name(), name).cloned() else {
        return match context.calls.get(&object).await? {
            Some(_) => Ok(()),
            None => Err(StepError::ByHand(format!(
                "{object} is gone, and nobody here deleted it: make it anew{}",
                by_azure(&namespace, name, entry)
            ))),
        };
    };
    match context.calls.create(&object, &removed).await {
        Err(ApiError::Conflict(_)) => {}
        made => {
            let change = Change {
                namespace: &namespace,
                object: format!("{} {name}", kind.name()),
                what: "made again".to_owned(),
                states: None,
            };
            context.audited(&change, made)?;
        }
    }
    record
        .forget_removed(context.calls, kind.name(), name)
        .await?;
    Ok(())
}
