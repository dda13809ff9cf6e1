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
pub mod listen;
mod log_limits;
mod metadata;
mod pipeline;
#[cfg(target_os = "linux")]
mod probe_socket;
mod readiness;
mod reason;
mod request;
mod request_error;
mod request_summary;
mod response;
mod response_cache;
mod scrape;
mod token_endpoint;

#[cfg(test)]
mod tests;

pub use admin::Admin;
pub use counters::{Counters, Sample};
pub use dialect::Kind;
pub use listen::ListenError;
pub use metadata::{Document, Metadata, Node};
#[cfg(target_os = "linux")]
pub use probe_socket::{ProbeSocket, probe_socket_name};
pub use readiness::{Flag, Holds, Readiness};
pub use reason::Reason;
pub use token_endpoint::Endpoint;

/// How a client id or an object id is written in logs, whether configured or only asked for.
pub type ShowIdentity = Box<dyn Fn(&str) -> String + Send + Sync>;
