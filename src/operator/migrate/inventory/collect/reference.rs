//! What objects are, and what they are called.

use std::fmt;

use serde_json::Value;

/// What an object says of itself.
pub(crate) struct Sort<'a> {
    /// Its kind; empty for what is no object of Kubernetes.
    pub kind: &'a str,
    /// Its API group; empty for the core group.
    pub group: &'a str,
    /// Whether it has a version of an API. Azure has objects with a `kind` too, and its versions are dates.
    pub has_version: bool,
}

impl<'a> Sort<'a> {
    /// That of `object`.
    pub(crate) fn of(object: &'a Value) -> Self {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let version = text("apiVersion");
        let has_version = version.contains('/') || version.starts_with('v');
        Self { kind: text("kind"), group: group(version), has_version }
    }
}

/// The group of an `apiVersion`.
pub(super) fn group(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

/// How the kinds of others begin that are in no namespace.
const CLUSTER: &str = "Cluster";

/// The groups of Kubernetes' own workloads.
const OWN: [&str; 4] = ["", "apps", "batch", "extensions"];

/// An object among all. They are sorted as people look for them: by namespace first.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ObjectId {
    /// Its namespace; empty for none.
    pub namespace: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its API group.
    pub group: String,
}

impl ObjectId {
    /// That of `object`; what names no namespace is in `namespace`.
    pub(crate) fn of(sort: &Sort<'_>, object: &Value, namespace: &str) -> Option<Self> {
        let metadata = |key: &str| object.get("metadata")?.get(key)?.as_str();
        let name = metadata("name").or_else(|| metadata("generateName"))?;
        // What is called so is in no namespace: ClusterIssuer, ClusterSecretStore.
        let is_in_none = sort.kind.len() > CLUSTER.len() && sort.kind.starts_with(CLUSTER);
        let namespace = if is_in_none { "" } else { namespace };
        Some(Self {
            namespace: metadata("namespace").unwrap_or(namespace).to_owned(),
            kind: sort.kind.to_owned(),
            name: name.to_owned(),
            group: sort.group.to_owned(),
        })
    }

    /// Its name in its namespace.
    pub(crate) fn full_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }

    /// Its kind and name, without its group: `SecretProviderClass shop/vault`.
    pub(crate) fn short(&self) -> String {
        format!("{} {}", self.kind, self.full_name())
    }

    /// Its kind, with its group where others have such a kind as well.
    pub(crate) fn kind_name(&self) -> String {
        if OWN.contains(&self.group.as_str()) {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }
}

/// As a person writes it: `Deployment shop/orders`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind_name(), self.full_name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ObjectId, Sort};

    fn named(kind: &str, version: &str, namespace: Option<&str>) -> String {
        let object =
            json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": namespace}});
        ObjectId::of(&Sort::of(&object), &object, "shop")
            .unwrap()
            .to_string()
    }

    #[test]
    fn what_names_no_namespace_is_in_that_of_the_run() {
        assert_eq!(named("Deployment", "apps/v1", None), "Deployment shop/a");
        assert_eq!(named("Deployment", "apps/v1", Some("bills")), "Deployment bills/a");
        assert_eq!(named("Rollout", "argoproj.io/v1alpha1", None), "Rollout.argoproj.io shop/a");
        assert_eq!(named("Cluster", "postgresql.cnpg.io/v1", None), "Cluster.postgresql.cnpg.io shop/a");
        assert_eq!(named("ClusterIssuer", "cert-manager.io/v1", None), "ClusterIssuer.cert-manager.io a");
    }
}
