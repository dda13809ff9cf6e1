//! What the broker hands out.

use std::{future::Future, sync::Arc, time::Duration};

use super::Freshness;
use crate::{exchange::Key, failure::Failure, token::Token};

/// A token that may be used now.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The token. Two grants of the same exchange share it.
    pub token: Arc<Token>,
    /// How long it stays valid, by the stricter of the monotonic and the wall clock. Never zero.
    pub remaining: Duration,
    /// How it came to be at hand.
    pub source: Source,
}

/// How a granted token came to be at hand: the cache state in logs and metrics.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Source {
    /// An exchange was made for this very request.
    Exchanged,
    /// From the cache.
    Hit,
    /// This request waited for an exchange that another one had started.
    Joined,
    /// From the cache, in its last minutes or although a newer one was asked for, because none was available.
    Stale,
}

impl Source {
    /// Every source, for building bounded tables.
    pub(crate) const ALL: [Self; 4] = [Self::Exchanged, Self::Hit, Self::Joined, Self::Stale];

    /// The source as it stands in logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Exchanged => "exchanged",
            Self::Hit => "hit",
            Self::Joined => "joined",
            Self::Stale => "stale",
        }
    }
}

/// Where tokens come from, as the endpoint sees it.
pub(crate) trait Tokens: Send + Sync + 'static {
    /// A usable token for `key`, as new as `freshness` says where that is available, or why there is none. Returns within
    /// the configured request budget.
    fn fresh(&self, key: &Key, freshness: Freshness) -> impl Future<Output = Result<Grant, Failure>> + Send;

    /// A usable token for `key`, or why there is none.
    fn token(&self, key: &Key) -> impl Future<Output = Result<Grant, Failure>> + Send {
        self.fresh(key, Freshness::Any)
    }
}
