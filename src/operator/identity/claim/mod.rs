//! Claims: what a team asks for on behalf of a service account.

mod access;
mod checks;
mod identity;
mod raw;
mod read;
#[cfg(test)]
mod tests;

use super::{
    clouds::CLOUDS,
    model::{Account, Principal, RoleAssignment},
};
use crate::names::{ClientId, TenantId};

pub(crate) use read::{read, read_in};

/// The `apiVersion` of a claim.
pub(crate) const API_VERSION: &str = "wisp/v1";

/// The `kind` of a claim.
pub(crate) const KIND: &str = "AzureWorkloadIdentityClaim";

/// The audience that Entra takes, unless a claim names that of a national cloud.
pub(crate) const AUDIENCE: &str = CLOUDS[0].audience;

/// Audiences that Entra takes, by cloud.
pub(crate) const AUDIENCES: [&str; 3] = [CLOUDS[0].audience, CLOUDS[1].audience, CLOUDS[2].audience];

/// What one service account is to be, checked by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Claim {
    /// The line of its document in its file.
    pub line: usize,
    /// The service account.
    pub account: Account,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Which of a team's environments it is in, such as `production`.
    pub environment: Option<String>,
    /// The issuers of the clusters that it is in; at least one.
    pub issuers: Vec<String>,
    /// The one audience.
    pub audience: String,
    /// The name of the credential; none when it is made from what it says.
    pub credential_name: Option<String>,
    /// The identity's tenant.
    pub tenant: TenantId,
    /// The identity.
    pub principal: Principal,
    /// The identity's client id, where it is known.
    pub client_id: Option<ClientId>,
    /// Where the identity is made if it is missing.
    pub location: Option<String>,
    /// What it may do.
    pub roles: Vec<RoleAssignment>,
    /// What is allowed and should be looked at, each with its line.
    pub warnings: Vec<(usize, String)>,
}
