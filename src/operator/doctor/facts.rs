//! What was read of a cluster and of Azure, and what could not be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    kept::{event, kept},
    kinds::{self, ACCOUNTS, EVENTS},
    tree::text,
    vault::Vault,
};
use crate::{
    clock::UnixTime,
    operator::{
        audit,
        cluster::{Kind, NAMESPACES, Scope},
    },
};

/// All that is known. It grows with what is asked for, never with values of secrets.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// By kind, namespace and name.
    pub(super) objects: BTreeMap<(&'static str, String, String), Value>,
    /// What a cluster was asked for, by kind and namespace (empty for all), and why it did not say.
    pub(super) asked: BTreeMap<(&'static str, String), Option<String>>,
    /// Whether a cluster was asked, and not dumps of it.
    pub(super) is_live: bool,
    /// What the Azure CLI lists.
    pub(crate) azure: audit::Facts,
    /// How many objects of files were taken in.
    pub(super) taken: usize,
    /// How many lists of the Azure CLI had nothing in them. None says of what it is.
    pub(super) empty_lists: usize,
    /// Key Vaults.
    pub(super) vaults: Vec<Vault>,
    /// What containers wrote, or why that is not known.
    pub(super) logs: BTreeMap<LogOf, Result<String, String>>,
    /// The certificates that webhooks serve, in PEM, by namespace and Secret, or why they are not known.
    pub(super) served: BTreeMap<(String, String), Result<String, String>>,
    /// The time by which things are compared.
    pub(super) now: Option<UnixTime>,
    /// What could not be read, with its place.
    pub(crate) unread: Vec<String>,
}

/// A container whose log is read.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum LogOf {
    /// A container of a pod.
    Container { namespace: String, pod: String, container: &'static str },
    /// Whatever a file is of.
    File(String),
}

/// What is known of one thing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Known<T> {
    /// It is there.
    There(T),
    /// It is not.
    Missing,
    /// Nobody knows.
    NotRead(NotRead),
}

/// Why something is not known, and what to do so that it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct NotRead {
    pub why: String,
    pub how: String,
}

impl Facts {
    /// Takes in an object of Kubernetes; whether it is of a kind that is looked at. Those of one namespace may leave it out.
    pub(super) fn put(&mut self, object: Value, namespace: Option<&str>) -> bool {
        let Some(kind) = kinds::of(&object) else { return false };
        let namespace = match (kind.scope, text(&object, "/metadata/namespace")) {
            (Scope::Cluster, _) => "",
            (_, "") => namespace.unwrap_or("default"),
            (_, named) => named,
        };
        let namespace = namespace.to_owned();
        if kind.name == EVENTS.name {
            if let Some((name, event)) = event(&object) {
                let known = self
                    .objects
                    .get(&(kind.name, namespace.clone(), name.clone()));
                if known.is_none_or(|known| text(known, "/time") <= text(&event, "/time")) {
                    self.objects.insert((kind.name, namespace, name), event);
                }
            }
            return true;
        }
        let name = text(&object, "/metadata/name").to_owned();
        if !name.is_empty() {
            self.objects
                .insert((kind.name, namespace, name), kept(object));
        }
        true
    }

    /// Notes that a cluster was asked for a kind in `namespace`, or in all.
    pub(super) fn ask(&mut self, resource: &'static str, namespace: Option<&str>) {
        self.asked
            .insert((resource, namespace.unwrap_or_default().to_owned()), None);
    }

    /// Notes why a kind could not be read.
    pub(super) fn refuse(&mut self, resource: &'static str, namespace: Option<&str>, reason: String) {
        self.asked
            .insert((resource, namespace.unwrap_or_default().to_owned()), Some(reason));
    }

    /// Forgets objects that are read again.
    pub(super) fn forget(&mut self) {
        self.objects.clear();
        self.asked.clear();
        self.served.clear();
        self.unread.clear();
        self.logs.retain(|of, _| matches!(of, LogOf::File(_)));
    }

    /// Whether dumps had nothing in them that is looked at, and no error says why.
    pub(super) fn is_nothing(&self) -> bool {
        !self.is_live && self.taken == 0 && self.logs.is_empty() && self.unread.is_empty()
    }

    /// One object.
    pub(super) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Known<&Value> {
        let namespace = if kind.scope == Scope::Cluster { "" } else { namespace };
        match self
            .objects
            .get(&(kind.name, namespace.to_owned(), name.to_owned()))
        {
            Some(object) => Known::There(object),
            None => match self.lacks(kind, namespace) {
                None => Known::Missing,
                Some(not_read) => Known::NotRead(not_read),
            },
        }
    }

    /// The objects of a kind in `namespace`, or in all.
    pub(super) fn of(&self, kind: Kind, namespace: Option<&str>) -> impl Iterator<Item = &Value> {
        let from = (kind.name, namespace.unwrap_or_default().to_owned(), String::new());
        let namespace = namespace.map(str::to_owned);
        self.objects
            .range(from..)
            .take_while(move |((name, of, _), _)| {
                *name == kind.name && namespace.as_ref().is_none_or(|namespace| namespace == of)
            })
            .map(|(_, object)| object)
    }

    /// The objects of a kind that has to be known whole.
    pub(super) fn whole(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<&Value>, NotRead> {
        let found: Vec<_> = self.of(kind, namespace).collect();
        match self.lacks(kind, namespace.unwrap_or_default()) {
            Some(not_read) if found.is_empty() || self.is_live => Err(not_read),
            _ => Ok(found),
        }
    }

    /// The namespaces of what was read.
    pub(super) fn namespaces(&self) -> BTreeSet<&str> {
        let of_objects = self
            .objects
            .keys()
            .map(|(_, namespace, _)| namespace.as_str());
        of_objects
            .filter(|namespace| !namespace.is_empty())
            .collect()
    }

    /// Why not all objects of a kind in `namespace` are known; none where they are.
    pub(super) fn lacks(&self, kind: Kind, namespace: &str) -> Option<NotRead> {
        if !self.is_live {
            return self.lacks_in_dumps(kind, namespace);
        }
        let asked = [namespace, ""].iter().find_map(|namespace| {
            let key = (kind.resource, (*namespace).to_owned());
            self.asked.get(&key)
        });
        match asked {
            Some(None) => None,
            Some(Some(reason)) => Some(NotRead {
                why: reason.clone(),
                how: "give that right to who asks, or read it by somebody who has it".to_owned(),
            }),
            None => Some(NotRead {
                why: format!("the cluster was not asked for {}", kind.resource),
                how: "ask again once the API server answers".to_owned(),
            }),
        }
    }

    /// Dumps do not say what they are of. One object of a kind shows that the kind was asked for.
    fn lacks_in_dumps(&self, kind: Kind, namespace: &str) -> Option<NotRead> {
        let within = (!namespace.is_empty()).then_some(namespace);
        // One namespace alone may be asked for by its name, and so may one service account: but each namespace has one, `default`.
        let shows = match kind.name {
            name if name == NAMESPACES.name => self.of(kind, None).count() > 1,
            name if name == ACCOUNTS.name => self
                .of(kind, within)
                .any(|account| text(account, "/metadata/name") == "default"),
            _ => self.of(kind, within).next().is_some(),
        };
        let scope = match kind.scope {
            Scope::Cluster => String::new(),
            _ if namespace.is_empty() => " -A".to_owned(),
            _ => format!(" -n {namespace}"),
        };
        (!shows).then(|| NotRead {
            why: format!("no {} are in what was read", kind.resource),
            how: format!("add `kubectl get {}{scope} -o json`", kind.resource),
        })
    }
}
