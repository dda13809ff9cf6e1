//! How a step waits: not in too large a crowd, and not past the end.

use super::super::{request_error::RequestError, token_endpoint::Endpoint};
use crate::{broker::Tokens, clock::Clock, server::Crowded};

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// What `future`, which somebody else has to answer, comes to, if it may wait and the end does not come first.
    pub(super) async fn wait<O>(&self, future: impl Future<Output = O>) -> Result<O, RequestError> {
        self.waits.upstream(self.before_the_end(future)).await?
    }

    pub(super) async fn before_the_end<O>(&self, future: impl Future<Output = O>) -> Result<O, RequestError> {
        let mut ending = self.ending.subscribe();
        tokio::select! {
            biased;
            output = future => Ok(output),
            _ = ending.wait_for(|ending| *ending) => Err(RequestError::Ending),
        }
    }
}

impl From<Crowded> for RequestError {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}
