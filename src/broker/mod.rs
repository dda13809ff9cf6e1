//! When to exchange, and what to answer meanwhile.
//!
//! The rules, each in a file of its own:
//!
//! - `cached_token`: a token in the cache and the two clocks that say how long it lasts
//! - `storage`: the bounded cache of tokens
//! - `in_flight`: one exchange per key at a time, shared by everyone who waits
//! - `exchange_task`: what comes of an exchange; `attempts`: how often it is tried
//! - `turns`: how many exchanges are under way at once
//! - `schedule`: every duration: refresh point, least lifetimes, back-off, how long failures last
//! - `failure_cache`: failures remembered per key and class
//! - `new_key_limiter`: how fast keys that have no token may reach Entra
//! - `refresher`: refresh in the background; `prefetch`: tokens wanted from the start
//! - `freshness`: what to do when the token at hand will not do
//! - `grant`: what the broker hands out
//!
//! Knows neither HTTP nor Entra: it is generic over [`crate::exchange::Exchange`] and over the clock, so that every rule
//! is tested in virtual time.

mod attempts;
mod cached_token;
mod core;
mod errors;
mod exchange_task;
mod failure_cache;
mod freshness;
mod grant;
mod in_flight;
mod new_key_limiter;
mod prefetch;
mod refresher;
pub(crate) mod schedule;
mod storage;
#[cfg(test)]
mod tests;
mod turns;

pub(crate) use core::{Broker, Config, Snapshot};
pub(crate) use freshness::{Freshness, TokenHash};
pub(crate) use grant::{Grant, Source, Tokens};
pub(crate) use prefetch::Prefetch;
