//! Why a record cannot be read or written, and what to do.

use crate::operator::cluster::{ApiError, Object};

/// Why a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The API server.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A value that nobody here wrote.
    #[error(
        "{object} has `{key}`, which is no record of a migration: {reason}. Nothing is done by it: see who changed it (`kubectl get --show-managed-fields`) and put back what was there; \
         where that is lost, put back by hand what it is about, and delete this key"
    )]
    Malformed {
        /// The ConfigMap.
        object: String,
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
    /// The record of another version.
    #[error(
        "{object} is a record of format `{format}`, and this wispctl knows {known}: go on with the wispctl that wrote it, or a newer one"
    )]
    Newer {
        /// The ConfigMap.
        object: String,
        /// Its format, shortened.
        format: String,
        /// The one that is known.
        known: &'static str,
    },
    /// A part is lost.
    #[error(
        "{0} is not there, and the parts of the record of the migration after it are: make it again from a backup, for nobody else knows how to undo what it had"
    )]
    Missing(String),
    /// Another run.
    #[error(
        "another run has changed `{key}` in {object} since it was read, and nothing was overwritten: see that no other wispctl works on this namespace, then run this again"
    )]
    Overtaken {
        /// The first of the ConfigMaps.
        object: String,
        /// The key.
        key: String,
    },
    /// Somebody took it away.
    #[error(
        "{0} was deleted meanwhile, and with it what has to be remembered of this namespace: see who did that, put it back, then run this again"
    )]
    Deleted(String),
    /// Others write without a pause.
    #[error(
        "{0} is written by others again and again: see that no other wispctl works on this namespace, then run this again"
    )]
    Busy(String),
    /// More than a ConfigMap holds.
    #[error("`{0}` is too large to be remembered in a ConfigMap; change this workload by hand")]
    TooLarge(String),
}

/// The most bytes of a format that are repeated.
const LONGEST: usize = 40;

impl StoreError {
    pub(crate) fn malformed(object: &Object, key: &str, reason: String) -> Self {
        Self::Malformed { object: object.to_string(), key: key.to_owned(), reason }
    }

    pub(super) fn newer(object: &Object, format: &str, known: &'static str) -> Self {
        let end = format.floor_char_boundary(LONGEST);
        let format = format
            .get(..end)
            .unwrap_or_default()
            .escape_debug()
            .to_string();
        Self::Newer { object: object.to_string(), format, known }
    }
}
