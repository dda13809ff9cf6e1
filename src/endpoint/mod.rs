//! Everything that speaks HTTP to the application: guard, dialects, answers.
//!
//! Knows no Entra: what is asked for becomes an [`exchange::Key`](crate::exchange::Key), a
//! [`Tokens`](crate::broker::Tokens) answers it with a grant or a typed failure, and a dialect renders that. The steps of a
//! request stand in `pipeline`.

mod access_log;
mod admin;
mod body;
mod context;
mod counters;
mod dialect;
mod error_response;
mod explain;
mod guard;
pub(crate) mod listen;
mod log_limits;
mod metadata;
mod pipeline;
#[cfg(target_os = "linux")]
mod probe_socket;
mod readiness;
mod reason;
#[cfg(feature = "wispctl")]
mod refusals;
mod request;
mod request_error;
mod request_summary;
mod response;
mod response_cache;
mod scrape;
mod token_endpoint;

#[cfg(test)]
mod tests;

pub(crate) use admin::Admin;
pub(crate) use counters::{Counters, Sample};
pub(crate) use listen::ListenError;
pub(crate) use metadata::{Document, Metadata, Node};
#[cfg(target_os = "linux")]
pub(crate) use probe_socket::{ProbeSocket, probe_socket_name};
pub(crate) use readiness::{Flag, Holds, Readiness};
pub(crate) use reason::Reason;
#[cfg(feature = "wispctl")]
pub(crate) use refusals::refusals;
pub(crate) use token_endpoint::Endpoint;

/// How a client id or an object id is written in logs, whether configured or only asked for.
pub(crate) type ShowIdentity = Box<dyn Fn(&str) -> String + Send + Sync>;
