//! The network namespace that this process is in.

use super::{
    error::RedirectError,
    loopback, nftables,
    plan::{Backend, Plan},
    strategy::Namespace,
    verify::{self, Proof},
};
use crate::server::Bound;

/// The pod's network.
pub(super) struct Pod {
    plan: Plan,
    proof: Proof,
}

impl Pod {
    pub(super) const fn new(plan: Plan, proof: Proof) -> Self {
        Self { plan, proof }
    }
}

impl Namespace for Pod {
    type Ready = Option<Bound>;

    /// Listens beforehand where that is possible: on a port that somebody else has, the sidecar could not
    /// listen either, unless that is the sidecar.
    async fn prepare(&mut self, backend: Backend) -> Result<Option<Bound>, RedirectError> {
        if self.proof == Proof::Skipped || backend == Backend::Lo {
            return Ok(None);
        }
        match verify::listen(self.plan, backend) {
            Err(RedirectError::PortTaken { .. }) if self.proof == Proof::AnyListener => Ok(None),
            listening => listening.map(Some),
        }
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
        match (self.proof, backend, ready) {
            (Proof::Skipped, ..) => Ok(()),
            (_, _, Some(listener)) => verify::prove(listener).await,
            (Proof::AnyListener, Backend::Nft, None) => verify::prove_by_connections(self.plan.port).await,
            (_, _, None) => verify::prove(verify::listen(self.plan, backend)?).await,
        }
    }
}
