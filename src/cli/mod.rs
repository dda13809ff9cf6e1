//! Arguments and exit codes of both programs.
//!
//! Commands of `wisp` return an [`Outcome`](exit::Outcome) instead of printing and exiting, so that tests see what a user
//! would: data on stdout, errors and warnings on stderr, 64 for what the user can put right in arguments or configuration.

pub mod exit;
pub mod probe;
#[cfg(target_os = "linux")]
pub mod redirect;
pub mod serve;
pub mod try_token;
pub mod wisp;
#[cfg(feature = "wispctl")]
pub mod wispctl;
