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
    pub(super) fn of(object: &'a Value) -> Self {
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
    pub(super) fn of(sort: &Sort<'_>, object: &Value, namespace: &str) -> Option<Self> {
        let metadata = |key: &str| object.get("metadata")?.get(key)?.as_str();
        let name = metadata("name").or_else(|| metadata("generateName"))?;
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
