//! From what was kept of all objects to the inventory.
//!
//! - `installation`: how pods get their identities in this cluster
//! - `groups`: objects with pods, under the topmost of their owners
//! - `workloads`: what each of them has to do with pod-managed identity
//! - `secrets`: the static secrets that they use; `pods`: which service account each has
//! - `objects`: the objects of pod-managed identity themselves

mod groups;
mod installation;
mod objects;
mod pods;
mod secrets;
mod workloads;

use super::{
    collect::{Collected, ObjectId},
    model::{Assigned, FederatedCredential, Inventory, SCHEMA, StaticSecret, Unread},
};
use crate::operator::pod_identity::{AzureAssignedIdentity, Matching, Objects};
use groups::Groups;
pub(crate) use pods::PodsOf;

/// What a cluster's pods have to do with service accounts and static secrets, whatever identity they have.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Which workload has which service account.
    pub pods: Vec<PodsOf>,
    /// Credentials that do not expire by themselves.
    pub static_secrets: Vec<StaticSecret>,
    /// Secrets that pods take in and that were not read.
    pub unread_secrets: Vec<String>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Only what is about service accounts and static secrets of `all`.
pub(super) fn usage(mut all: Collected) -> Usage {
    let mut static_secrets = std::mem::take(&mut all.static_secrets);
    let unread = std::mem::take(&mut all.unread);
    let groups = groups::groups(&all, &mut Vec::new());
    let unread_secrets = secrets::add(&all, &groups, &mut static_secrets);
    sort(&mut static_secrets);
    Usage {
        pods: pods::pods(&groups),
        static_secrets,
        unread_secrets: unread_secrets.iter().map(ToString::to_string).collect(),
        unread,
    }
}

/// The inventory of `all`. `chosen` is where the user says that bindings are looked for.
pub(super) fn assemble(mut all: Collected, chosen: Option<Matching>) -> Inventory {
    let mut notes = std::mem::take(&mut all.notes);
    let mut unread = std::mem::take(&mut all.unread);
    let mut static_secrets = std::mem::take(&mut all.static_secrets);
    let (installation, matching) = installation::installation(&all, chosen);
    let mut objects = Objects::default();
    for ((kind, name), declared) in &all.declared {
        objects.add(*kind, &declared.value, &name.namespace);
    }
    let groups = groups::groups(&all, &mut notes);
    let assigned_identities = assigned(&all, &groups, &mut unread);
    let around = workloads::Around::new(&all, &objects, (&installation, matching), &assigned_identities);
    let found = workloads::workloads(&groups, &around);
    let unread_secrets = secrets::add(&all, &groups, &mut static_secrets);
    secrets::note_unread(&unread_secrets, &mut notes);
    sort(&mut static_secrets);
    let mut dependents = std::mem::take(&mut all.dependents);
    dependents.extend(found.dependents);
    workloads::note_users(&mut dependents, &found.workloads);
    dependents.sort_by(|one, other| {
        (one.component, &one.object, &one.what).cmp(&(other.component, &other.object, &other.what))
    });
    objects::notes(&all, &installation, matching, &mut notes);
    let rows = objects::Rows::new(&all, &installation, &found.workloads);
    notes.sort();
    notes.dedup();
    Inventory {
        schema: SCHEMA,
        clusters: std::mem::take(&mut all.clusters),
        identities: rows.identities,
        bindings: rows.bindings,
        exceptions: rows.exceptions,
        workloads: found.workloads,
        other_workloads: found.others,
        assigned_identities,
        dependents,
        static_secrets,
        federated_credentials: credentials(&mut all),
        notes,
        unread,
        objects: all.objects,
        only: None,
        installation,
    }
}

/// The federated credentials, each once.
fn credentials(all: &mut Collected) -> Vec<FederatedCredential> {
    let mut found = std::mem::take(&mut all.credentials);
    found.sort();
    let key = |one: &FederatedCredential| {
        (one.identity.clone(), one.name.clone(), one.issuer.clone(), one.subject.clone())
    };
    found.dedup_by_key(|one| key(one));
    found
}

fn sort(secrets: &mut Vec<StaticSecret>) {
    secrets.sort_by(|one, other| {
        (&one.object, &one.location, &one.from).cmp(&(&other.object, &other.location, &other.from))
    });
    secrets.dedup();
}

/// The AzureAssignedIdentities, with the workloads of their pods.
fn assigned(all: &Collected, groups: &Groups<'_>, unread: &mut Vec<Unread>) -> Vec<Assigned> {
    let mut found = Vec::new();
    for (name, (value, origin)) in &all.assigned {
        let assigned = match AzureAssignedIdentity::read(value, name.clone()) {
            Ok(assigned) => assigned,
            Err(reason) => {
                let reason = format!("AzureAssignedIdentity `{name}` is malformed: {reason}");
                unread.push(Unread { origin: origin.clone(), reason });
                continue;
            }
        };
        let pod = ObjectId {
            namespace: assigned.pod.namespace.clone(),
            kind: "Pod".to_owned(),
            name: assigned.pod.name.clone(),
            group: String::new(),
        };
        found.push(Assigned {
            name: name.to_string(),
            identity: assigned.identity.to_string(),
            pod: assigned.pod.to_string(),
            status: assigned.status,
            workload: groups.of_member(&pod).map(ToString::to_string),
            origin: origin.clone(),
        });
    }
    found
}
