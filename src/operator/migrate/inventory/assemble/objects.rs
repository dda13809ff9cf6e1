//! The objects of pod-managed identity themselves, with who uses them.

use std::collections::BTreeMap;

use super::{
    installation::{ADD_ON_EXCEPTION, MANAGED_BY},
    workloads::credential,
};
use crate::operator::{
    migrate::inventory::{
        collect::{Collected, Declared},
        model::{Binding, Exception, Identity, Installation, Manager, Workload},
    },
    pod_identity::{
        AzureIdentity, AzureIdentityBinding, AzurePodIdentityException, Kind, Matching, ObjectName, any_case,
    },
};

/// Exceptions that came with pod-managed identity.
const BUILT_IN: [&str; 3] = [ADD_ON_EXCEPTION, "mic", "mic-exception"];

/// All of them.
#[derive(Default)]
pub(super) struct Rows {
    pub identities: Vec<Identity>,
    pub bindings: Vec<Binding>,
    pub exceptions: Vec<Exception>,
}

/// What counts how often something is used.
#[derive(Default)]
struct Uses<'a> {
    identities: BTreeMap<&'a str, usize>,
    bindings: BTreeMap<&'a str, usize>,
    exceptions: BTreeMap<&'a str, usize>,
}

impl<'a> Uses<'a> {
    fn of(workloads: &'a [Workload]) -> Self {
        let mut uses = Self::default();
        for workload in workloads {
            for known in &workload.identities {
                *uses.identities.entry(&known.identity).or_default() += 1;
                for binding in &known.bindings {
                    *uses.bindings.entry(binding).or_default() += 1;
                }
            }
            if let Some(exception) = &workload.exception {
                *uses.exceptions.entry(exception).or_default() += 1;
            }
        }
        uses
    }
}

impl Rows {
    /// Those of `all`, by kind, namespace and name.
    pub(super) fn new(all: &Collected, installation: &Installation, workloads: &[Workload]) -> Self {
        let uses = Uses::of(workloads);
        let mut rows = Self::default();
        for ((kind, name), declared) in &all.declared {
            let manager = manager(all, declared, installation);
            match kind {
                Kind::Identity => rows.identities.push(identity(all, name, declared, manager)),
                Kind::Binding => rows.bindings.push(binding(all, name, declared, manager)),
                Kind::Exception => rows.exceptions.push(exception(name, declared, manager)),
            }
        }
        let used = |uses: &BTreeMap<&str, usize>, namespace: &str, name: &str| {
            let name = ObjectName { namespace: namespace.to_owned(), name: name.to_owned() };
            uses.get(name.to_string().as_str())
                .copied()
                .unwrap_or_default()
        };
        for row in &mut rows.identities {
            row.workloads = used(&uses.identities, &row.namespace, &row.name);
        }
        for row in &mut rows.bindings {
            row.workloads = used(&uses.bindings, &row.namespace, &row.name);
        }
        for row in &mut rows.exceptions {
            row.workloads = used(&uses.exceptions, &row.namespace, &row.name);
        }
        rows
    }
}

/// Who writes an object.
fn manager(all: &Collected, declared: &Declared, installation: &Installation) -> Manager {
    let labels = declared.value.pointer("/metadata/labels");
    let is_marked = labels.and_then(|labels| labels.get(MANAGED_BY.0)?.as_str()) == Some(MANAGED_BY.1);
    // With a profile, what is not in it is nobody's but the user's.
    let is_add_ons = installation.is_add_on
        && !all
            .profiles
            .iter()
            .any(super::super::collect::Profile::is_enabled);
    if declared.is_of_azure || is_marked || is_add_ons { Manager::AddOn } else { Manager::User }
}

fn identity(all: &Collected, name: &ObjectName, declared: &Declared, managed_by: Manager) -> Identity {
    let read = AzureIdentity::read(&declared.value, name.clone());
    let spec = declared.value.get("spec");
    let tenants = spec.and_then(|spec| any_case(spec, "auxiliaryTenantIDs")?.as_array());
    let tenants = tenants
        .into_iter()
        .flatten()
        .filter_map(|tenant| tenant.as_str());
    let (found, error) = match read {
        Ok(found) => (Some(found), None),
        Err(error) => (None, Some(error)),
    };
    let found = found.as_ref();
    Identity {
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        credential: found.map(|found| credential(found.credential)),
        client_id: found.map(|found| found.client_id.to_string()),
        resource_id: found.and_then(|found| found.resource_id.clone()),
        tenant_id: found.and_then(|found| found.tenant.as_ref().map(ToString::to_string)),
        auxiliary_tenant_ids: tenants.map(str::to_owned).collect(),
        is_namespaced: found.is_some_and(|found| found.is_namespaced),
        bindings: bindings_of(all, name),
        workloads: 0,
        managed_by,
        error,
        notes: found.map(|found| found.notes.clone()).unwrap_or_default(),
        origin: declared.origin.clone(),
    }
}

/// The bindings that name `identity`.
fn bindings_of(all: &Collected, identity: &ObjectName) -> Vec<String> {
    let all = all.declared.iter().filter(|((kind, name), declared)| {
        let named = || any_case(declared.value.get("spec")?, "azureIdentity")?.as_str();
        *kind == Kind::Binding && name.namespace == identity.namespace && named() == Some(&identity.name)
    });
    all.map(|((_, name), _)| name.name.clone()).collect()
}

fn binding(all: &Collected, name: &ObjectName, declared: &Declared, managed_by: Manager) -> Binding {
    let read = AzureIdentityBinding::read(&declared.value, name.clone());
    let (selector, identity, mut error) = match read {
        Ok(AzureIdentityBinding { selector, identity: Ok(identity), .. }) => {
            (Some(selector), Some(identity), None)
        }
        Ok(AzureIdentityBinding { selector, identity: Err(error), .. }) => {
            (Some(selector), None, Some(error))
        }
        Err(error) => (None, None, Some(error)),
    };
    if let Some(identity) = &identity {
        let named = ObjectName { namespace: name.namespace.clone(), name: identity.clone() };
        match all.declared.get(&(Kind::Identity, named.clone())) {
            None => error = Some(format!("AzureIdentity `{named}` is not there")),
            Some(found) if AzureIdentity::read(&found.value, named.clone()).is_err() => {
                error = Some(format!("AzureIdentity `{named}` is malformed"));
            }
            Some(_) => {}
        }
    }
    Binding {
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        selector,
        identity,
        workloads: 0,
        managed_by,
        error,
        origin: declared.origin.clone(),
    }
}

fn exception(name: &ObjectName, declared: &Declared, managed_by: Manager) -> Exception {
    let read = AzurePodIdentityException::read(&declared.value, name.clone());
    let (labels, error) = match read {
        Ok(exception) => (exception.labels, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Exception {
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        pod_labels: labels
            .into_iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect(),
        is_built_in: BUILT_IN.contains(&name.name.as_str()),
        workloads: 0,
        managed_by,
        error,
        origin: declared.origin.clone(),
    }
}

/// What of the objects together an operator should know.
pub(super) fn notes(
    all: &Collected,
    installation: &Installation,
    matching: Matching,
    notes: &mut Vec<String>,
) {
    if matching == Matching::Namespaced {
        note_cases(all, notes);
    }
    if installation.is_add_on {
        notes.push(
            "the AKS add-on owns its objects: remove them by `az aks pod-identity delete` and `az aks update --disable-pod-identity`; it writes \
             anew what is deleted in the cluster"
                .to_owned(),
        );
        if all.assigned.is_empty() {
            notes.push(
                "the AKS add-on makes no AzureAssignedIdentity, so none proves which identity a pod used"
                    .to_owned(),
            );
        }
    }
    let clusters: std::collections::BTreeSet<_> = all
        .profiles
        .iter()
        .map(|profile| profile.cluster.as_deref())
        .collect();
    if clusters.len() > 1 {
        notes.push(
            "`podIdentityProfile` of more than one cluster was read; make an inventory of each by itself"
                .to_owned(),
        );
    }
    if all
        .profiles
        .iter()
        .any(super::super::collect::Profile::is_enabled)
    {
        for ((kind, name), declared) in &all.declared {
            let is_built_in = *kind == Kind::Exception && BUILT_IN.contains(&name.name.as_str());
            if !declared.is_of_azure && !is_built_in {
                notes.push(format!(
                    "{} `{name}` is not in `podIdentityProfile`: the AKS add-on deletes what it did not write",
                    kind.name()
                ));
            }
        }
    }
}

/// Managed mode compares resource ids to the letter.
fn note_cases(all: &Collected, notes: &mut Vec<String>) {
    let mut known: BTreeMap<String, (String, &ObjectName)> = BTreeMap::new();
    for ((kind, name), declared) in &all.declared {
        if *kind != Kind::Identity {
            continue;
        }
        let Ok(AzureIdentity { resource_id: Some(id), .. }) =
            AzureIdentity::read(&declared.value, name.clone())
        else {
            continue;
        };
        let (first, other) = known
            .entry(id.to_ascii_lowercase())
            .or_insert_with(|| (id.clone(), name));
        if *first != id {
            notes.push(format!(
                "AzureIdentities `{other}` and `{name}` differ in the capitals of one resource id, and managed mode compares these to the letter"
            ));
        }
    }
}
