//! When to exchange, and what to answer meanwhile: cache, flights, refresh, failure memory.
//!
//! Knows neither HTTP nor Entra: it is generic over [`crate::exchange::Exchange`] and over the clock, so that every rule
//! is tested in virtual time.

mod grant;

pub use grant::{Grant, Source, Tokens};
