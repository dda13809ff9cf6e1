//! Listeners, and the life of their connections: accepted up to a cap, served one request after the other, closed when idle,
//! drained at the end.
//!
//! What is asked for and what is answered is the business of a [`Handler`].

mod acceptor;
mod bind_error;
mod bound;
mod connection;
mod connections;
mod counters;
mod dates;
mod handler;
mod heads;
mod limits;
mod linger;
mod log_limiter;
mod pace;
mod peers;
mod serve;
mod socket;
mod state;
#[cfg(feature = "wispctl")]
mod tls;
mod wait_limits;

pub use acceptor::{Acceptor, Plain};
pub use bind_error::BindError;
pub use bound::Bound;
pub use counters::ConnectionCounters;
pub use handler::{Handler, Reply, Response};
pub use limits::Limits;
pub(crate) use log_limiter::LogLimiter;
pub use pace::Pace;
pub use serve::{serve, serve_over};
pub(crate) use wait_limits::{Crowded, WaitLimits};
