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

pub(crate) use bind_error::BindError;
pub(crate) use bound::Bound;
pub(crate) use counters::ConnectionCounters;
pub(crate) use handler::{Handler, Reply, Response};
pub(crate) use limits::Limits;
pub(crate) use log_limiter::LogLimiter;
pub(crate) use pace::Pace;
pub(crate) use serve::serve;
#[cfg(feature = "wispctl")]
pub(crate) use serve::serve_over;
pub(crate) use wait_limits::{Crowded, WaitLimits};
