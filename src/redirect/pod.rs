//! The network namespace that this process is in.

use super::{
    error::RedirectError,
    loopback, nftables,
    plan::{Backend, Plan},
    strategy::Namespace,
    verify,
};
use crate::server::Bound;

/// The pod's network.
pub(super) struct Pod {
    plan: Plan,
    is_verified: bool,
}

impl Pod {
    pub(super) const fn new(plan: Plan, is_verified: bool) -> Self {
        Self { plan, is_verified }
    }
}

impl Namespace for Pod {
    type Ready = Option<Bound>;

    /// Listens beforehand where that is possible: on a port that somebody else has, the sidecar could not listen either.
    async fn prepare(&mut self, backend: Backend) -> Result<Option<Bound>, RedirectError> {
        if !self.is_verified || backend == Backend::Lo {
            return Ok(None);
        }
        verify::listen(self.plan, backend).map(Some)
    }

    fn make(&mut self, backend: Backend) -> Result<(), RedirectError> {
        match backend {
            Backend::Nft => nftables::make(self.plan),
            Backend::Lo => loopback::make(),
        }
    }

    fn remove(&mut self, backend: Backend) -> Result<bool, RedirectError> {
        match backend {
            Backend::Nft => nftables::remove(),
            Backend::Lo => loopback::remove(),
        }
    }

    async fn verify(&mut self, backend: Backend, ready: Option<Bound>) -> Result<(), RedirectError> {
        if !self.is_verified {
            return Ok(());
        }
        let listener = match ready {
            Some(listener) => listener,
            None => verify::listen(self.plan, backend)?,
        };
        verify::prove(listener).await
    }
}
