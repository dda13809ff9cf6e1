//! The exchange itself: one token request to Entra, and what its answer means.
//!
//! From the top: [`Entra`] sends a request and reads the answer; [`aadsts`] is the table of error numbers; [`authority`]
//! knows the clouds; [`Look`] looks at the way step by step; [`token_proxy`] is the road through AKS identity bindings. Knows no cache.

#![expect(clippy::unreadable_literal, reason = "AADSTS numbers are searched for as Entra writes them")]

pub mod aadsts;
pub(crate) mod authority;
mod bindings;
mod certificate;
mod classify;
mod clocks;
mod describe;
mod exchange;
#[cfg(any(test, feature = "wispctl"))]
pub(crate) mod known;
mod look;
mod lookup;
mod pem;
mod proxy;
mod response;
mod silence;
#[cfg(test)]
#[cfg(feature = "wispctl")]
mod testing;
mod text;
mod tls;
pub(crate) mod token_proxy;
mod transport;
mod transport_error;
#[cfg(test)]
mod troubleshooting;
mod trust;

pub(crate) use exchange::{Config, Entra, StartError};
pub(crate) use look::{Look, LookError, Page, Step, parts};
pub(crate) use proxy::{NoProxy, ProxyUrl, never_matches};
#[cfg(feature = "wispctl")]
pub(crate) use tls::crypto_provider;
