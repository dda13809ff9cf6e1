//! All objects together, those that are malformed with the reason.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    ObjectName, binding::AzureIdentityBinding, exception::AzurePodIdentityException, identity::AzureIdentity,
};

/// The kinds that say whose identity a pod has.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// An identity.
    Identity,
    /// Which pods have it.
    Binding,
    /// Which pods have none.
    Exception,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Identity, Self::Binding, Self::Exception];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "AzureIdentity",
            Self::Binding => "AzureIdentityBinding",
            Self::Exception => "AzurePodIdentityException",
        }
    }
}

/// An object of which nothing can be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Malformed {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: ObjectName,
    /// What is wrong with it.
    pub reason: String,
}

/// The objects of a cluster, or of some of its namespaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    /// By name; those that are malformed with the reason.
    pub(super) identities: BTreeMap<ObjectName, Result<AzureIdentity, String>>,
    /// By selector.
    pub(super) bindings: BTreeMap<String, Vec<AzureIdentityBinding>>,
    /// By namespace.
    pub(super) exceptions: BTreeMap<String, Vec<AzurePodIdentityException>>,
    /// Bindings and exceptions.
    pub(super) malformed: Vec<Malformed>,
    count: usize,
}

impl Objects {
    /// Takes in `object`, which is of this `kind` and belongs to `namespace` if it names none. What has no name yet is left out.
    pub(crate) fn add(&mut self, kind: Kind, object: &Value, namespace: &str) {
        let Some(name) = ObjectName::of(object, namespace) else { return };
        self.count += 1;
        let malformed = match kind {
            Kind::Identity => {
                self.identities
                    .insert(name.clone(), AzureIdentity::read(object, name));
                return;
            }
            Kind::Binding => AzureIdentityBinding::read(object, name.clone()).map(|binding| {
                self.bindings
                    .entry(binding.selector.clone())
                    .or_default()
                    .push(binding);
            }),
            Kind::Exception => AzurePodIdentityException::read(object, name.clone()).map(|exception| {
                self.exceptions
                    .entry(exception.name.namespace.clone())
                    .or_default()
                    .push(exception);
            }),
        };
        if let Err(reason) = malformed {
            self.malformed.push(Malformed { kind, name, reason });
        }
    }

    /// How many there are, the malformed ones included.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}
