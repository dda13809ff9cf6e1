//! What `wisp serve` starts with, beyond its settings: files read, texts understood. `wisp serve --check` stops after this, so
//! it refuses exactly what a start refuses.

use std::path::PathBuf;

use super::config;
use crate::{
    clock::{Clock, Random, System},
    endpoint::Metadata,
    entra::{self, Entra},
    settings::Settings,
    token::Secret,
};

/// Everything that can be wrong about a configuration has been looked at.
pub struct Prepared<C = System, R = System> {
    pub(super) entra: Entra<C, R>,
    pub(super) identity_header: Option<Secret>,
    pub(super) metadata: Metadata,
}

/// Something that keeps wisp from ever working with its settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    /// The roots or the proxy for Entra cannot be used.
    #[error(transparent)]
    Entra(#[from] entra::StartError),
    /// A file cannot be used.
    #[error("{what} in {} ({variable}): {error}", path.display())]
    File {
        /// What is in it.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// The variable that names it.
        variable: &'static str,
        /// Why not.
        #[source]
        error: FileError,
    },
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// It holds something else than what was expected.
    #[error("{0}")]
    Invalid(String),
}

/// All that is wrong. Never empty.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.joined())]
pub struct PrepareErrors(pub(crate) Vec<PrepareError>);

impl PrepareErrors {
    fn joined(&self) -> String {
        let errors: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        errors.join("; ")
    }
}

impl<C: Clock, R: Random> Prepared<C, R> {
    /// Reads what `settings` name. The error is everything that keeps wisp from ever working with them. The token file is not
    /// among it: whatever is there may still be replaced by the kubelet, and until then every answer names it.
    pub fn read(settings: &Settings, clock: C, random: R) -> Result<Self, PrepareErrors> {
        let mut errors = Vec::new();
        let entra =
            Entra::new(settings.entra.clone(), clock, random).map_err(|error| errors.push(error.into()));
        let identity_header = config::identity_header(settings).map_err(|error| errors.push(error));
        let metadata = config::metadata(settings).map_err(|error| errors.push(error));
        match (entra, identity_header, metadata) {
            (Ok(entra), Ok(identity_header), Ok(metadata)) if errors.is_empty() => {
                Ok(Self { entra, identity_header, metadata })
            }
            _ => Err(PrepareErrors(errors)),
        }
    }
}
