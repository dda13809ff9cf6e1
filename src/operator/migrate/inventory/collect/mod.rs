//! Objects as they come, in any order: what counts of each is kept, and the rest forgotten.
//!
//! - `carrier`: objects with pods
//! - `template`: what counts of a pod's template
//! - `team`: who looks after an object
//! - `dependents`: configuration of other programs
//! - `secrets`: static secrets, by name and by shape
//! - `stored`: what shows how far workloads are moved
//! - `azure`: federated credentials, and what wisp wrote itself
//! - `profile`: what Azure says of pod-managed identity in a cluster; `clusters`: what it says of the cluster

mod azure;
mod carrier;
mod clusters;
mod containers;
mod dependents;
mod kept;
mod profile;
mod reference;
mod secrets;
mod stored;
mod team;
mod template;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use carrier::{Carrier, Owner};
pub(super) use dependents::{components, dependent};
pub(crate) use kept::{KeptObject, is_live};
pub(super) use profile::Profile;
pub(super) use reference::{ObjectId, Sort};
pub(super) use template::Template;

use super::model::{Cluster, Dependent, FederatedCredential, Origin, StaticSecret, Unread};
use crate::operator::{
    cluster::Stored,
    pod_identity::{Kind, ObjectName, any_case},
    workload::{KINDS, Which},
};
use secrets::KnownSecrets;

/// The group of pod-managed identity.
const GROUP: &str = "aadpodidentity.k8s.io";
/// The deepest lists of lists looked into.
const MAX_LISTS: usize = 4;
/// The ConfigMap by which version 1.6.0 marked that it had rewritten older objects.
const UPGRADE_MARK: &str = "aad-pod-identity-config";

/// An object of pod-managed identity, as it was read.
pub(super) struct Declared {
    pub value: Value,
    pub origin: Origin,
    /// Whether it is what Azure says, and not the cluster.
    pub is_of_azure: bool,
}

/// What was kept.
#[derive(Default)]
pub(super) struct Collected {
    pub declared: BTreeMap<(Kind, ObjectName), Declared>,
    pub assigned: BTreeMap<ObjectName, (Value, Origin)>,
    pub carriers: BTreeMap<ObjectId, Carrier>,
    /// Owners of objects that carry no pods themselves.
    pub owners: BTreeMap<ObjectId, Option<Owner>>,
    /// The level of Pod Security of namespaces.
    pub levels: BTreeMap<String, Option<String>>,
    /// Who looks after objects, where these say so.
    pub teams: BTreeMap<ObjectId, String>,
    /// The same of namespaces.
    pub namespace_teams: BTreeMap<String, String>,
    pub profiles: Vec<Profile>,
    /// What Azure says of clusters.
    pub clusters: Vec<Cluster>,
    /// Federated credentials that Azure lists.
    pub credentials: Vec<FederatedCredential>,
    pub dependents: Vec<Dependent>,
    pub static_secrets: Vec<StaticSecret>,
    pub known_secrets: KnownSecrets,
    pub notes: Vec<String>,
    pub unread: Vec<Unread>,
    pub objects: usize,
    /// Workloads and objects of pod-managed identity as they were read; none where nobody asks for them.
    pub kept: Option<Vec<KeptObject>>,
    /// What shows how far workloads are moved; none where nobody asks for it.
    pub stored: Option<Stored>,
}

/// Takes objects in.
#[derive(Default)]
pub(super) struct Collector {
    /// Kinds of the user's own.
    pub which: Which,
    /// The namespace of what names none.
    pub namespace: String,
    /// The one namespace whose workloads count.
    pub only: Option<String>,
    pub all: Collected,
}

impl Collector {
    /// Takes in `object`, which was read at `origin`.
    pub(super) fn add(&mut self, object: &Value, origin: &Origin) {
        self.add_within(object, origin, 0);
    }

    /// Notes what could not be read.
    pub(super) fn fail(&mut self, origin: &Origin, reason: impl Into<String>) {
        self.all
            .unread
            .push(Unread { origin: origin.clone(), reason: reason.into() });
    }

    fn add_within(&mut self, object: &Value, origin: &Origin, lists: usize) {
        let sort = Sort::of(object);
        if sort.kind.ends_with("List")
            && let Some(items) = object.get("items").and_then(Value::as_array)
        {
            if lists == MAX_LISTS {
                self.fail(origin, "lists are nested too deep");
                return;
            }
            for item in items {
                self.add_within(item, origin, lists + 1);
            }
            return;
        }
        // Patches are lists of edits.
        if let Some(items) = object.as_array().filter(|_| lists < MAX_LISTS) {
            for item in items {
                self.add_within(item, origin, lists + 1);
            }
            return;
        }
        self.all.objects += 1;
        if sort.kind.is_empty() || !sort.has_version {
            self.add_other(&sort, object, origin);
            return;
        }
        if sort.group == GROUP {
            self.add_pod_identity(&sort, object, origin);
            return;
        }
        if self.is_elsewhere(object) {
            return;
        }
        self.add_core(&sort, object);
        self.store_core(&sort, object);
        dependents::find(&sort, object, &self.namespace, origin, &mut self.all);
        secrets::find(&sort, object, &self.namespace, origin, &mut self.all);
        self.add_carrier(&sort, object, origin);
    }

    /// What is no object of Kubernetes: what Azure says of a cluster, or values of a chart.
    fn add_other(&mut self, sort: &Sort<'_>, value: &Value, origin: &Origin) {
        if !value.is_object() {
            self.fail(origin, "neither an object of Kubernetes nor a mapping of any other kind");
            return;
        }
        if azure::is_of_wisp(value) {
            self.fail(origin, azure::OF_WISP);
            return;
        }
        if let Some(credential) = azure::credential(value, origin) {
            self.all.credentials.push(credential);
            return;
        }
        for (cluster, wrong) in clusters::clusters(value, origin) {
            for reason in wrong {
                self.fail(origin, reason);
            }
            self.all.clusters.push(cluster);
        }
        let profiles = profile::profiles(value);
        let matters = KINDS.iter().any(|(name, ..)| *name == sort.kind)
            || Kind::ALL.iter().any(|kind| kind.name() == sort.kind);
        if profiles.is_empty() && matters {
            self.fail(
                origin,
                format!("{} has no `apiVersion`, without which nobody knows what it is", sort.kind),
            );
            return;
        }
        for profile in profiles {
            self.add_profile(profile, origin);
        }
        dependents::find_values(value, &origin.source, origin, &mut self.all.dependents);
        dependents::find_patches(value, &origin.source, origin, &mut self.all.dependents);
    }

    fn add_profile(&mut self, profile: Profile, origin: &Origin) {
        for (kind, value) in profile.objects() {
            self.declare(kind, value, origin, true);
        }
        self.all.notes.extend(profile.notes());
        self.all.profiles.push(profile);
    }

    fn add_pod_identity(&mut self, sort: &Sort<'_>, object: &Value, origin: &Origin) {
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == sort.kind) {
            self.declare(kind, object.clone(), origin, false);
            return;
        }
        match ObjectName::of(object, &self.namespace) {
            Some(name) if sort.kind == "AzureAssignedIdentity" => {
                self.all
                    .assigned
                    .insert(name, (object.clone(), origin.clone()));
            }
            _ => self.fail(
                origin,
                format!("nothing is known of kind {} of {GROUP}, or it has no name", sort.kind),
            ),
        }
    }

    /// Takes in an object of pod-managed identity. What Azure says wins; else the first counts.
    fn declare(&mut self, kind: Kind, value: Value, origin: &Origin, is_of_azure: bool) {
        let Some(name) = ObjectName::of(&value, &self.namespace) else {
            self.fail(origin, format!("an {} has no name", kind.name()));
            return;
        };
        if !is_of_azure {
            let id = ObjectId {
                namespace: name.namespace.clone(),
                kind: kind.name().to_owned(),
                name: name.name.clone(),
                group: GROUP.to_owned(),
            };
            self.keep(&id, &value, Vec::new(), Vec::new(), origin);
        }
        let new = Declared { value, origin: origin.clone(), is_of_azure };
        let Some(known) = self.all.declared.get_mut(&(kind, name.clone())) else {
            self.all.declared.insert((kind, name), new);
            return;
        };
        // Azure's first, in whatever order they were read.
        let (ours, theirs) = if known.is_of_azure || !new.is_of_azure {
            (&known.origin, &new.origin)
        } else {
            (&new.origin, &known.origin)
        };
        if known.is_of_azure == new.is_of_azure && known.value.get("spec") != new.value.get("spec") {
            let text = format!(
                "{} `{name}` is given twice, at {ours} and at {theirs}, and differs; the first counts",
                kind.name()
            );
            self.all.notes.push(text);
        } else if known.is_of_azure != new.is_of_azure
            && kind == Kind::Identity
            && differ(&known.value, &new.value)
        {
            let text = format!(
                "AzureIdentity `{name}` has another client id in `podIdentityProfile` ({ours}) than in the cluster ({theirs}); Azure's counts"
            );
            self.all.notes.push(text);
        }
        if new.is_of_azure && !known.is_of_azure {
            *known = new;
        }
    }

    /// Whether `object` is in a namespace that does not count. The objects of pod-managed identity count in all of them.
    fn is_elsewhere(&self, object: &Value) -> bool {
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        let is_other = |only: &String| namespace.is_some_and(|namespace| namespace != only);
        self.only.as_ref().is_some_and(is_other)
    }

    fn add_core(&mut self, sort: &Sort<'_>, object: &Value) {
        if !sort.group.is_empty() {
            return;
        }
        let name = object
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match sort.kind {
            "Namespace" => {
                let level = object.get("metadata").and_then(|metadata| {
                    metadata
                        .get("labels")?
                        .get("pod-security.kubernetes.io/enforce")?
                        .as_str()
                });
                self.all
                    .levels
                    .insert(name.to_owned(), level.map(str::to_owned));
                if let Some(team) = object.get("metadata").and_then(team::team) {
                    self.all.namespace_teams.insert(name.to_owned(), team);
                }
            }
            "ConfigMap" if name == UPGRADE_MARK => {
                self.all.notes.push(
                    "ConfigMap `aad-pod-identity-config` shows that pod-managed identity was here before version 1.6.0: backups and \
                     charts may still have fields in capitals (`ResourceID`)"
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
}

/// Whether two AzureIdentities mean different identities.
fn differ(one: &Value, other: &Value) -> bool {
    let id = |value: &Value| {
        let client_id = any_case(value.get("spec")?, "clientID")?.as_str()?;
        Some(client_id.trim().to_ascii_lowercase())
    };
    id(one) != id(other)
}
