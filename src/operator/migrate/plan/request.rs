//! What the user says beside an inventory.

use super::decisions::Decisions;
use crate::{names::TenantId, operator::identity::Cloud};

/// What the user says beside the inventory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// `iss` of the cluster's tokens.
    pub issuer: Option<String>,
    /// The tenant of its identities.
    pub tenant: Option<TenantId>,
    /// The cloud that its identities are in.
    pub cloud: Cloud,
    /// What is decided.
    pub decisions: Decisions,
}
