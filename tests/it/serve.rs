//! `wisp serve` as a program, against an Entra emulator in the test's own process.
//!
//! Every wisp that is started here is held to one more rule at its end: nothing that it wrote, be it log, metrics or the
//! body of an error, holds an assertion or an access token ([`secrets`]).

mod assertion;
mod end;
mod identities;
mod logs;
mod memory;
mod metrics;
mod outages;
mod probes;
mod ready;
mod refusals;
mod reload;
pub(crate) mod secrets;
mod start;
mod tokens;
mod unread;
mod wisp;
