//! What the user says beside an inventory.

use super::decisions::Decisions;
use crate::names::TenantId;

/// What the user says beside the inventory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// `iss` of the cluster's tokens.
    pub issuer: Option<String>,
    /// The tenant of its identities.
    pub tenant: Option<TenantId>,
    /// What is decided.
    pub decisions: Decisions,
}
