//! An exchange that new configuration can replace.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{
    exchange::{Exchange, Key},
    failure::Failure,
    token::Token,
};

/// Exchanges under way end with the old one; later ones use the new one.
pub(super) struct Replaceable<E>(RwLock<Arc<E>>);

impl<E> Replaceable<E> {
    pub(super) fn new(inner: Arc<E>) -> Self {
        Self(RwLock::new(inner))
    }

    pub(super) fn replace(&self, inner: Arc<E>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = inner;
    }

    pub(super) fn current(&self) -> Arc<E> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<E: Exchange> Exchange for Arc<Replaceable<E>> {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        self.current().exchange(key).await
    }

    fn credential_version(&self) -> u64 {
        self.current().credential_version()
    }
}
