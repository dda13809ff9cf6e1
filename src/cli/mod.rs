//! Commands of both programs: arguments, outcomes, exit codes.
//!
//! Every command has the one shape of `command`: its arguments, and a function that runs it. What it has to say is an
//! [`Outcome`](exit::Outcome), so that tests see what a user would: data on stdout, errors and warnings on stderr, 64 for what
//! the user can put right in arguments or configuration.

mod args;
mod azwi;
mod command;
mod doctor;
pub mod exit;
pub mod probe;
#[cfg(target_os = "linux")]
pub mod redirect;
pub mod serve;
pub mod wisp;
#[cfg(feature = "wispctl")]
pub mod wispctl;
