//! The exchange itself: one token request to Entra, and what its answer means.
//!
//! From the top: [`Entra`] sends a request and reads the answer; [`aadsts`] is the table of error numbers; [`authority`]
//! knows the clouds; [`token_proxy`] is the road through AKS identity bindings. Knows no cache.

pub mod aadsts;
pub mod authority;
mod classify;
mod describe;
mod response;
mod text;
