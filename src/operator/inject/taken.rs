//! What the sidecar has from the application.

use serde_json::Value;

/// What becomes part of the sidecar.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Taken {
    /// Variables.
    pub variables: Vec<Value>,
    /// Mounts of the application's volumes.
    pub mounts: Vec<Value>,
}
