//! When to exchange, and what to answer meanwhile.
//!
//! The rules, each in a file of its own:
//!
//! - `held`: a token in custody and the two clocks that say how long it lasts
//! - `storage`: the bounded cache of held tokens
//! - `flight`: one exchange per key at a time, shared by everyone who waits
//! - `pilot`: what becomes of a flight; `attempts`: the exchanges that it makes
//! - `turns`: how many exchanges are under way at once
//! - `schedule`: every duration: refresh point, floors, back-off, memory
//! - `memory`: failures remembered per key and class
//! - `admission`: how fast keys that have no token may reach Entra
//! - `keeper`: refresh in the background; `prefetch`: tokens wanted from the start
//! - `freshness`: what to do when the token at hand will not do
//! - `grant`: what the broker hands out
//!
//! Knows neither HTTP nor Entra: it is generic over [`crate::exchange::Exchange`] and over the clock, so that every rule
//! is tested in virtual time.

mod admission;
mod attempts;
mod core;
mod flight;
mod freshness;
mod grant;
mod held;
mod keeper;
mod memory;
mod own_failures;
mod pilot;
mod prefetch;
pub mod schedule;
mod storage;
#[cfg(test)]
mod tests;
mod turns;

pub use core::{Broker, Config, Snapshot};
pub use freshness::{Freshness, TokenHash};
pub use grant::{Grant, Source, Tokens};
pub use prefetch::Prefetch;
