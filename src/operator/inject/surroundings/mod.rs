//! What stands beside a pod: the other objects of the same run, or of the cluster that it goes to.
//!
//! A stream of manifests often says more than the pod does: which identity its service account names, what its namespace
//! forbids. [`Surroundings`] hold that much of all documents of a run, and [`Beside`] is the part of it that concerns one
//! pod. Who has an API server instead of files fills them from its answers.

mod outdated;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub(crate) use outdated::Outdated;

/// The objects of a run that say something about pods.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    service_accounts: Vec<Found<ServiceAccount>>,
    namespaces: Vec<Found<Labels>>,
    config_maps: Vec<Found<ConfigMap>>,
    secrets: Vec<Found<SecretKeys>>,
    limit_ranges: Vec<Found<LimitRange>>,
    quotas: Vec<Found<Quota>>,
    outdated: Option<Outdated>,
}

/// An object and where it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Found<T> {
    /// The number of its file in the run.
    pub source: usize,
    /// Its namespace, if it names one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The object.
    pub is: T,
}

impl<T> Found<T> {
    /// Its name as users write it: `namespace/name`, or only the name.
    pub(crate) fn display(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Labels or annotations.
pub(crate) type Labels = BTreeMap<String, String>;

/// What a ServiceAccount says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ServiceAccount {
    /// Its annotations, in which the workload identity webhook looks for the identity.
    pub annotations: Labels,
    /// Its labels.
    pub labels: Labels,
}

/// What a ConfigMap holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ConfigMap {
    /// Its texts.
    pub data: Labels,
    /// The keys of what is not text, which files have and variables do not.
    pub binary: BTreeSet<String>,
}

/// The keys of a Secret. Nobody here needs to know its values.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SecretKeys {
    /// The keys.
    pub keys: BTreeSet<String>,
}

/// What a LimitRange demands of each container, by resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LimitRange {
    /// Its items, as they are written.
    pub limits: Vec<Value>,
}

/// What a ResourceQuota counts, and so demands that each container states.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Quota {
    /// The names under `spec.hard`, such as `limits.cpu`.
    pub hard: BTreeSet<String>,
}

/// What stands beside one pod.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside<'a> {
    surroundings: &'a Surroundings,
    /// The number of the pod's file in the run.
    source: usize,
    /// The pod's namespace, if its object names one.
    namespace: Option<&'a str>,
}

/// For those who know of nothing beside a pod.
static NOTHING: Surroundings = Surroundings {
    service_accounts: Vec::new(),
    namespaces: Vec::new(),
    config_maps: Vec::new(),
    secrets: Vec::new(),
    limit_ranges: Vec::new(),
    quotas: Vec::new(),
    outdated: None,
};

impl Default for Beside<'_> {
    fn default() -> Self {
        Surroundings::nothing().beside(0, None)
    }
}

impl Surroundings {
    /// Of a pod that stands alone.
    pub(crate) fn nothing() -> &'static Self {
        &NOTHING
    }

    /// What stands beside a pod of `namespace` in the file with the number `source`.
    pub(crate) fn beside<'a>(&'a self, source: usize, namespace: Option<&'a str>) -> Beside<'a> {
        Beside { surroundings: self, source, namespace }
    }
}

impl<'a> Beside<'a> {
    /// The service accounts that the pod may mean by `name`. More than one when several files have one of that name.
    pub(crate) fn service_accounts(&self, name: &str) -> Vec<&'a Found<ServiceAccount>> {
        self.closest(&self.surroundings.service_accounts, name)
    }

    /// The ConfigMaps that the pod may mean by `name`.
    pub(crate) fn config_maps(&self, name: &str) -> Vec<&'a Found<ConfigMap>> {
        self.closest(&self.surroundings.config_maps, name)
    }

    /// The Secrets that the pod may mean by `name`.
    pub(crate) fn secrets(&self, name: &str) -> Vec<&'a Found<SecretKeys>> {
        self.closest(&self.surroundings.secrets, name)
    }

    /// The pod's namespace, where it names one that is in the run.
    pub(crate) fn namespaces(&self) -> Vec<&'a Found<Labels>> {
        let named = |found: &&Found<Labels>| self.namespace == Some(found.name.as_str());
        self.surroundings.namespaces.iter().filter(named).collect()
    }

    /// The LimitRanges of the pod's namespace.
    pub(crate) fn limit_ranges(&self) -> Vec<&'a Found<LimitRange>> {
        self.same_namespace(&self.surroundings.limit_ranges)
    }

    /// The ResourceQuotas of the pod's namespace.
    pub(crate) fn quotas(&self) -> Vec<&'a Found<Quota>> {
        self.same_namespace(&self.surroundings.quotas)
    }

    /// An object of the run that proves an old cluster, the one that proves the oldest.
    pub(crate) fn outdated(&self) -> Option<&'a Outdated> {
        self.surroundings.outdated.as_ref()
    }

    fn same_namespace<T>(&self, all: &'a [Found<T>]) -> Vec<&'a Found<T>> {
        let here = |found: &&Found<T>| found.namespace.as_deref() == self.namespace;
        all.iter().filter(here).collect()
    }

    /// Those called `name` that are nearest to the pod. One that names the pod's namespace is nearer than one that names none,
    /// or stands beside a pod that names none; then one in the pod's file is nearer than others. What names another namespace
    /// is not meant.
    fn closest<T>(&self, all: &'a [Found<T>], name: &str) -> Vec<&'a Found<T>> {
        let far = |found: &Found<T>| {
            let namespace = found.namespace.as_deref();
            let apart = namespace != self.namespace;
            let elsewhere = apart && namespace.is_some() && self.namespace.is_some();
            (!elsewhere).then_some((apart, found.source != self.source))
        };
        let candidates: Vec<_> = all
            .iter()
            .filter(|found| found.name == name)
            .filter_map(|found| Some((far(found)?, found)))
            .collect();
        let Some(least) = candidates.iter().map(|(far, _)| *far).min() else { return Vec::new() };
        candidates
            .into_iter()
            .filter_map(|(far, found)| (far == least).then_some(found))
            .collect()
    }
}

#[cfg(test)]
mod tests;
