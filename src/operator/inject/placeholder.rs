//! A pod that stands for any pod: what is added to it is what is added to each.

use serde_json::{Value, json};

/// A container that stands for those of the application. No manifest can have one of this name.
pub(crate) const CONTAINER: &str = "(application)";

/// A pod of which nothing is known but the names of its containers, if those.
pub(crate) fn pod(containers: &[String]) -> Value {
    let unnamed = [CONTAINER.to_owned()];
    let names = if containers.is_empty() { unnamed.as_slice() } else { containers };
    let containers: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"spec": {"containers": containers}})
}
