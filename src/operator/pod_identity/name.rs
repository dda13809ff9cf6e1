//! What objects are called.

use std::fmt;

use serde_json::Value;

/// The name of an object in its namespace.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ObjectName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectName {
    /// The name of `object`, which belongs to `namespace` if it names none; none for an object without a name.
    pub(crate) fn of(object: &Value, namespace: &str) -> Option<Self> {
        let metadata = |key: &str| object.get("metadata")?.get(key)?.as_str();
        Some(Self {
            namespace: metadata("namespace").unwrap_or(namespace).to_owned(),
            name: metadata("name")?.to_owned(),
        })
    }
}

/// As a person writes it: `shop/orders`, or the name alone where no namespace is known.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}
