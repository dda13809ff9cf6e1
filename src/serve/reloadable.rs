//! Values that a reload replaces while others use them.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::{
    exchange::{Exchange, Key},
    failure::Failure,
    token::Token,
};

/// A value, and handles to it.
pub(super) struct Reloadable<T>(Arc<RwLock<T>>);

impl<T: Clone> Reloadable<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(value)))
    }

    /// The value as it is now, which its user keeps while it is replaced.
    pub(super) fn current(&self) -> T {
        self.0.read().clone()
    }

    pub(super) fn replace(&self, value: T) {
        *self.0.write() = value;
    }
}

impl<T> Clone for Reloadable<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Exchanges under way end with the old one; later ones use the new one.
impl<E: Exchange> Exchange for Reloadable<Arc<E>> {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        self.current().exchange(key).await
    }

    fn credential_version(&self) -> u64 {
        self.current().credential_version()
    }
}
