//! What keeps wisp from ever working with its settings, beyond the settings themselves.

use std::path::PathBuf;

use crate::entra;

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
