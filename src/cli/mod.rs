//! Arguments and exit codes of both programs.

#[cfg(feature = "wispctl")]
pub mod wispctl;
