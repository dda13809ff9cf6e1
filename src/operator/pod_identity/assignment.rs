//! Which identities a pod has, by the rules of pod-managed identity.

use serde_json::{Map, Value};

use super::{
    Kind, ObjectName, Objects, binding::AzureIdentityBinding, exception::AzurePodIdentityException,
    identity::AzureIdentity,
};

/// The label by which bindings select pods.
pub(crate) const LABEL: &str = "aadpodidbinding";

/// The most bindings that are named as what could have been meant.
const MOST_NAMED: usize = 3;

/// Where bindings are looked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Matching {
    /// In all namespaces, as in standard mode; identities that say so are for pods of their own namespace alone.
    #[default]
    Standard,
    /// In the pod's namespace, as in managed mode and with `forceNamespaced`.
    Namespaced,
}

/// What pod-managed identity does for a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Assignment<'a> {
    /// It lets the pod ask the node's own endpoint, because of this exception.
    Excepted(&'a ObjectName),
    /// It gives the pod identities.
    Assigned(Assigned<'a>),
    /// It gives the pod nothing: no binding selects it. What could have been meant, a sentence each.
    Unbound(Vec<String>),
    /// Whether it does is not known: an exception of the pod's namespace is malformed.
    Unknown(String),
}

/// What bindings give a pod.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Assigned<'a> {
    /// The identities: those of the pod's own namespace first, then by namespace and name of their bindings.
    pub identities: Vec<&'a AzureIdentity>,
    /// What bindings name beside these and the pod does not get, with the reason.
    pub omitted: Vec<String>,
}

/// The value of the label by which a pod asks for an identity; none where it is absent or empty, as the controller reads it.
pub(crate) fn label(labels: &Map<String, Value>) -> Option<&str> {
    labels
        .get(LABEL)?
        .as_str()
        .filter(|value| !value.is_empty())
}

impl Objects {
    /// What the pod with these `labels` in `namespace`, one of them [`LABEL`] with the value `selector`, gets.
    pub(crate) fn assignment(
        &self,
        namespace: &str,
        labels: &Map<String, Value>,
        selector: &str,
        matching: Matching,
    ) -> Assignment<'_> {
        if let Some(exception) = self.exception_for(namespace, labels) {
            return Assignment::Excepted(&exception.name);
        }
        let mut unread = self.malformed.iter();
        let is_here = |kind: Kind, name: &ObjectName| kind == Kind::Exception && name.namespace == namespace;
        if let Some(exception) = unread.find(|malformed| is_here(malformed.kind, &malformed.name)) {
            let (kind, name) = (exception.kind.name(), &exception.name);
            return Assignment::Unknown(format!(
                "whether the pod is excepted cannot be known, for {kind} `{name}` is malformed: {}",
                exception.reason
            ));
        }
        let mut bindings = self.selecting(namespace, selector, matching);
        if bindings.is_empty() {
            return Assignment::Unbound(self.near(namespace, selector));
        }
        bindings.sort_by_key(|binding| (binding.name.namespace != namespace, &binding.name));
        Assignment::Assigned(self.assigned(namespace, &bindings))
    }

    /// The exception that is for a pod with these `labels` in `namespace`.
    pub(crate) fn exception_for(
        &self,
        namespace: &str,
        labels: &Map<String, Value>,
    ) -> Option<&AzurePodIdentityException> {
        self.exceptions
            .get(namespace)?
            .iter()
            .find(|exception| exception.is_for(labels))
    }

    fn selecting(&self, namespace: &str, selector: &str, matching: Matching) -> Vec<&AzureIdentityBinding> {
        let all = self.bindings.get(selector).into_iter().flatten();
        all.filter(|binding| matching == Matching::Standard || binding.name.namespace == namespace)
            .collect()
    }

    fn assigned(&self, namespace: &str, bindings: &[&AzureIdentityBinding]) -> Assigned<'_> {
        let mut assigned = Assigned { identities: Vec::new(), omitted: Vec::new() };
        for binding in bindings {
            match self.bound(namespace, binding) {
                Ok(identity) => assigned.take(identity),
                Err(reason) => assigned.omitted.push(reason),
            }
        }
        assigned
    }

    /// The identity that `binding` gives a pod of `namespace`, or why it gives none.
    fn bound(&self, namespace: &str, binding: &AzureIdentityBinding) -> Result<&AzureIdentity, String> {
        let by = &binding.name;
        let named = binding
            .identity
            .as_ref()
            .map_err(|reason| format!("AzureIdentityBinding `{by}` is malformed: {reason}"))?;
        let name = ObjectName { namespace: by.namespace.clone(), name: named.clone() };
        let identity = match self.identities.get(&name) {
            None => {
                return Err(format!(
                    "AzureIdentityBinding `{by}` names AzureIdentity `{name}`, which is not there"
                ));
            }
            Some(Err(reason)) => return Err(format!("AzureIdentity `{name}` is malformed: {reason}")),
            Some(Ok(identity)) => identity,
        };
        if identity.is_namespaced && name.namespace != namespace {
            return Err(format!("AzureIdentity `{name}` is for pods of its own namespace alone"));
        }
        Ok(identity)
    }

    /// Bindings that the owner of a pod may have meant by `selector`, and bindings of its namespace that could not be read.
    fn near(&self, namespace: &str, selector: &str) -> Vec<String> {
        let elsewhere = self.bindings.get(selector).into_iter().flatten();
        let elsewhere = elsewhere.map(|binding| {
            format!("AzureIdentityBinding `{}` selects it, but pods of its own namespace alone", binding.name)
        });
        let similar = self
            .bindings
            .iter()
            .filter(|(other, _)| other.as_str() != selector && other.eq_ignore_ascii_case(selector))
            .flat_map(|(_, bindings)| bindings)
            .map(|binding| {
                format!(
                    "AzureIdentityBinding `{}` selects `{}`, and selectors are compared to the letter",
                    binding.name, binding.selector
                )
            });
        let malformed = self
            .malformed
            .iter()
            .filter(|malformed| malformed.kind == Kind::Binding && malformed.name.namespace == namespace)
            .map(|malformed| {
                format!("AzureIdentityBinding `{}` is malformed: {}", malformed.name, malformed.reason)
            });
        elsewhere
            .chain(similar)
            .chain(malformed)
            .take(MOST_NAMED)
            .collect()
    }
}

impl<'a> Assigned<'a> {
    /// Takes in one more identity. Several objects may mean the same one of Azure: the first of them counts.
    fn take(&mut self, identity: &'a AzureIdentity) {
        let mut earlier = self.identities.iter();
        let Some(same) = earlier.find(|earlier| is_same(earlier, identity)) else {
            self.identities.push(identity);
            return;
        };
        // Several bindings may name one identity.
        if same.name != identity.name {
            self.omitted.push(format!(
                "AzureIdentity `{}` has the client id or the resource id of `{}`, which counts alone",
                identity.name, same.name
            ));
        }
    }
}

/// Whether a request could mean both.
fn is_same(one: &AzureIdentity, other: &AzureIdentity) -> bool {
    let same = |one: &str, other: &str| {
        one.trim_matches('/')
            .eq_ignore_ascii_case(other.trim_matches('/'))
    };
    let by_resource = one.resource_id.as_deref().zip(other.resource_id.as_deref());
    one.client_id == other.client_id || by_resource.is_some_and(|(one, other)| same(one, other))
}
