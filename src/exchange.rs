//! The one question that the broker asks and that Entra answers.

use std::future::Future;

use crate::{
    failure::Failure,
    names::{Authority, ClientId, Resource, TenantId},
    token::Token,
};

/// What a token is for. Two requests with equal keys get the same token.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key {
    /// The Entra cloud that issues it.
    pub authority: Authority,
    /// Whether the request goes through the cluster's token proxy (AKS identity bindings).
    pub via_token_proxy: bool,
    /// The tenant that the identity lives in.
    pub tenant: TenantId,
    /// The identity.
    pub client_id: ClientId,
    /// The API that the token is for, exactly as asked.
    pub resource: Resource,
}

/// Turns a key into a token.
pub(crate) trait Exchange: Send + Sync + 'static {
    /// One exchange: at most one token request, plus one more where a replaced assertion makes that sensible.
    fn exchange(&self, key: &Key) -> impl Future<Output = Result<Token, Failure>> + Send;

    /// A number that changes when the credential behind the exchange changes (the projected token file was replaced), so
    /// that remembered failures can be forgotten. Cheap enough to ask on each failed request.
    fn credential_version(&self) -> u64;
}
