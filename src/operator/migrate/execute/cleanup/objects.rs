//! Objects of pod-managed identity deleted, and made again.

use serde_json::json;

use super::{Change, Context, Desk, Entry, Record, StepError};
use crate::operator::{
    cluster::{Api, ApiError, Collection},
    migrate::{execute::steps::stripped, inventory::Inventory},
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
    pub(super) const fn name(self) -> &'static str {
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

/// Makes again what `entry` had and was deleted: identities first, so that no binding is without.
pub(in super::super) async fn restore<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    own: &mut Record,
    entry: &Entry,
) -> Result<(), StepError> {
    let identities = entry
        .target
        .identities
        .iter()
        .filter_map(|one| one.azure_identity.as_ref());
    let identities = identities.map(|name| (Kind::Identity, name));
    let bindings = entry
        .target
        .bindings
        .iter()
        .map(|name| (Kind::Binding, name));
    for (kind, full_name) in identities.chain(bindings) {
        let (namespace, name) = full_name
            .split_once('/')
            .unwrap_or((&own.namespace, full_name));
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        if namespace == own.namespace {
            make(context, own, kind, &name).await?;
        } else {
            let mut other = Record::read(context.calls, &namespace).await?;
            make(context, &mut other, kind, &name).await?;
            other.end(context.calls).await?;
        }
    }
    Ok(())
}

async fn make<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    kind: Kind,
    name: &str,
) -> Result<(), StepError> {
    let namespace = record.namespace.clone();
    let object = kind.collection(&namespace).object(name);
    let Some(removed) = record.removed(kind.name(), name).cloned() else {
        return match context.calls.get(&object).await? {
            Some(_) => Ok(()),
            None => Err(StepError::ByHand(format!(
                "{object} is gone, and nobody here deleted it: make it anew (of the AKS add-on by `az aks pod-identity add`)"
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
