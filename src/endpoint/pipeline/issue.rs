//! The token that is asked for: resolve, learn, issue.

use super::super::{
    context::RequestContext,
    dialect::{Dialect, TokenRequest},
    request_error::RequestError,
    response_cache::Generation,
    token_endpoint::{Endpoint, Live},
};
use crate::{
    broker::{Freshness, Grant, Tokens},
    clock::Clock,
    exchange::Key,
    failure::{Class, Failure},
};

/// Which token a request gets.
pub(super) struct Resolved {
    pub(super) key: Key,
    pub(super) freshness: Freshness,
    pub(super) generation: Generation,
}

/// A token for a request.
pub(super) struct Issued {
    pub(super) resolved: Resolved,
    pub(super) grant: Grant,
}

/// Why a request gets no token.
pub(super) enum NoToken {
    Refused(RequestError),
    Failed(Key, Failure),
}

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// The token that is asked for.
    pub(super) async fn token(
        &self,
        context: &RequestContext,
        dialect: &'static dyn Dialect,
    ) -> Result<Issued, NoToken> {
        let live = self.live.get().ok_or(RequestError::Starting)?;
        let parameters = context.parameters()?;
        let token_request = dialect.token_request(&parameters)?;
        let resolved = match self.resolve(live, &token_request) {
            Err(refused) if refused.may_be_learned() => {
                self.learn_identities(live, &token_request, refused).await?
            }
            result => result?,
        };
        self.issue(live, resolved).await
    }

    /// Finds the identity that is asked for.
    fn resolve(&self, live: &Live<T>, token_request: &TokenRequest<'_>) -> Result<Resolved, RequestError> {
        // Taken before the registry is read: what is rendered with an old registry is not kept.
        let generation = self.response_cache.generation();
        match live
            .registry()
            .resolve(&token_request.selection, &token_request.resource)
        {
            Ok(identity) => {
                let key = identity.key(token_request.resource.clone());
                Ok(Resolved { key, freshness: token_request.freshness, generation })
            }
            Err(error) => Err(RequestError::Identity(error, token_request.resource.clone())),
        }
    }

    /// Finds the identity behind a name that is `unknown` as yet.
    ///
    /// Federation knows client ids only. An object id or a resource id that nobody configured is known once a token has said
    /// it, and a client that sends nothing else (ODBC, Fluentd) must not depend on who asked first. So before such a name is
    /// refused, tokens of the identities that it might belong to are asked for, and the name is looked up again.
    async fn learn_identities(
        &self,
        live: &Live<T>,
        token_request: &TokenRequest<'_>,
        unknown: RequestError,
    ) -> Result<Resolved, NoToken> {
        let mut failed = None;
        let candidates = live
            .registry()
            .candidates(&token_request.selection, &token_request.resource);
        for identity in candidates {
            let key = identity.key(token_request.resource.clone());
            if let Err(failure) = self.wait(live.tokens.token(&key)).await? {
                failed = Some(worse(failed, (key, failure)));
            }
            if let Ok(resolved) = self.resolve(live, token_request) {
                return Ok(resolved);
            }
        }
        // Without a token the name may be right: only the failure is certain.
        Err(failed.map_or_else(|| unknown.into(), |(key, failure)| NoToken::Failed(key, failure)))
    }

    /// Gets the token.
    async fn issue(&self, live: &Live<T>, resolved: Resolved) -> Result<Issued, NoToken> {
        let fresh = live.tokens.fresh(&resolved.key, resolved.freshness);
        match self.wait(fresh).await? {
            Ok(grant) => Ok(Issued { resolved, grant }),
            Err(failure) => Err(NoToken::Failed(resolved.key, failure)),
        }
    }
}

impl From<RequestError> for NoToken {
    fn from(refused: RequestError) -> Self {
        Self::Refused(refused)
    }
}

/// Of two failures the one to answer: what may pass is tried again by clients, what is permanent is not.
fn worse(known: Option<(Key, Failure)>, new: (Key, Failure)) -> (Key, Failure) {
    match known {
        Some(known) if known.1.class != Class::Permanent || new.1.class == Class::Permanent => known,
        _ => new,
    }
}
