//! The network namespace that this process is in.

use super::{
    loopback, nftables,
    order::Namespace,
    plan::{Plan, Way},
    trouble::Trouble,
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
    async fn prepare(&mut self, way: Way) -> Result<Option<Bound>, Trouble> {
        if !self.is_verified || way == Way::Lo {
            return Ok(None);
        }
        verify::listen(self.plan, way).map(Some)
    }

    fn make(&mut self, way: Way) -> Result<(), Trouble> {
        match way {
            Way::Nft => nftables::make(self.plan),
            Way::Lo => loopback::make(),
        }
    }

    fn remove(&mut self, way: Way) -> Result<bool, Trouble> {
        match way {
            Way::Nft => nftables::remove(),
            Way::Lo => loopback::remove(),
        }
    }

    async fn verify(&mut self, way: Way, ready: Option<Bound>) -> Result<(), Trouble> {
        if !self.is_verified {
            return Ok(());
        }
        let listener = match ready {
            Some(listener) => listener,
            None => verify::listen(self.plan, way)?,
        };
        verify::meet(listener).await
    }
}
