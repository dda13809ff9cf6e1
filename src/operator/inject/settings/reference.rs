//! ConfigMaps and Secrets of the pod's namespace, as they are written in flags and annotations.

use std::fmt;

use crate::operator::inject::options::object_name;

/// What holds texts by keys.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// Readable for everyone who may read the namespace.
    ConfigMap,
    /// Not so.
    Secret,
}

impl Kind {
    const ALL: [Self; 2] = [Self::ConfigMap, Self::Secret];

    /// As `kubectl` takes it.
    fn word(self) -> &'static str {
        match self {
            Self::ConfigMap => "configmap",
            Self::Secret => "secret",
        }
    }

    /// As manifests have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == text)
    }
}

/// An object: `configmap/NAME` or `secret/NAME`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

impl Object {
    /// What is accepted.
    pub(crate) const ACCEPTS: &str = "a comma-separated list of configmap/NAME and secret/NAME";

    /// Reads `configmap/NAME` or `secret/NAME`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('/')?;
        Some(Self { kind: Kind::read(kind)?, name: object_name(name)? })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.name(), self.name)
    }
}

/// A key of an object: `configmap/NAME/KEY` or `secret/NAME/KEY`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct KeyOf {
    /// The object.
    pub object: Object,
    /// The key.
    pub key: String,
}

impl KeyOf {
    /// What is accepted.
    pub(crate) const ACCEPTS: &str = "configmap/NAME/KEY or secret/NAME/KEY";

    /// Reads `configmap/NAME/KEY` or `secret/NAME/KEY`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        const LONGEST: usize = 253;
        let (object, key) = text.rsplit_once('/')?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let is_key = (1..=LONGEST).contains(&key.len()) && key.chars().all(fits) && !key.starts_with("..");
        is_key
            .then(|| Some(Self { object: Object::parse(object)?, key: key.to_owned() }))
            .flatten()
    }
}

impl fmt::Display for KeyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.object.kind.word(), self.object.name, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyOf, Object};

    #[test]
    fn objects_and_keys_are_read_as_they_are_written() {
        for good in ["configmap/a/ca.crt", "secret/a.b/KEY", "configmap/a/.x"] {
            assert_eq!(KeyOf::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "a/b",
            "configmap/a",
            "configmap/A/b",
            "cm/a/b",
            "configmap/a/",
            "configmap/a/..",
            "secret/a/b c",
            "",
        ] {
            assert!(KeyOf::parse(bad).is_none(), "{bad}");
        }
        assert!(Object::parse("secret/a").is_some() && Object::parse("secret/a/b").is_none());
    }
}
