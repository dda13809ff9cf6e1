//! The one module that asks an API server.
//!
//! - [`Object`]: which object, and where it is served; [`Collection`]: all of a kind
//! - [`Api`]: one call or one page of a list and its answer, whoever answers; [`ApiError`]: why there is none, with the right that is missing
//! - [`each_object`]: all of a collection, page by page; [`each_kind`]: many collections, as far as rights allow
//! - [`patiently`]: a call that is made again while that may help
//! - `access`: where the API server is and who is asking, from a pod's files or a kubeconfig
//! - [`Client`]: calls over HTTPS
//! - [`Stored`]: what was read before, in the place of an API server
//!
//! Objects are untyped, as everywhere in [`operator`](super): what nobody here knows survives a write.

mod access;
mod api;
mod client;
#[cfg(test)]
pub(crate) mod fake;
mod kinds;
mod object;
mod pages;
mod patience;
mod stored;

pub(crate) use access::{Access, AccessError, Source};
pub(crate) use api::{Answer, Api, ApiError, Call, Page, Verb};
pub(crate) use client::Client;
pub(crate) use kinds::{Kind, NAMESPACES, Scope, Sink, each_kind};
pub(crate) use object::{Collection, Object};
pub(crate) use pages::{each_object, next};
pub(crate) use patience::patiently;
pub(crate) use stored::Stored;
