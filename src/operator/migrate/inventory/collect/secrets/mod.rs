//! Static secrets: credentials that do not expire by themselves. Their values are looked at and never kept.
//!
//! - `shapes`: how they are known by the names and by the shapes of values
//! - `environment`: those of a pod's template
//! - `objects`: those of objects

mod environment;
mod objects;
mod shapes;

use std::collections::BTreeMap;

pub(crate) use environment::{Source, in_environment};
pub(super) use objects::find;
pub(crate) use shapes::Credential;

/// A static secret, and where it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Sighting {
    /// What kind of credential.
    pub credential: Credential,
    /// Where.
    pub location: String,
    /// The object that it comes from.
    pub from: Option<String>,
}

/// The Secrets and ConfigMaps that were read, by namespace, kind and name: their keys that hold a credential.
pub(crate) type KnownSecrets = BTreeMap<(String, &'static str, String), Vec<(String, Credential)>>;
