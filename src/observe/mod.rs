//! Logs and metrics: what an operator can see.
//!
//! - `identifiers`: client ids as they may stand in logs
//! - `log`: one JSON object per line, with the fields that say where this sidecar runs, or text for a person
//! - `repeats`: failures that were told in full a moment ago
//! - `writer`: the thread that writes log lines, so that nobody waits for who reads them
//! - `exchanges`: what is logged at each exchange with Entra; `stats`: what is counted of it
//! - `standing`: when each identity last got a token, and the failure that has stood since
//! - `sample`: a number on its way there; `code`: numbers of Entra as labels
//! - `metrics`: everything that is counted, as Prometheus reads it
//! - `table`: the one table of metrics
//!
//! Neither ever sees a token or an assertion: those live in [`crate::token::Secret`], which has no text form.

mod code;
mod exchanges;
mod identifiers;
pub mod log;
mod metrics;
#[cfg(test)]
pub(crate) mod page;
mod repeats;
mod sample;
mod standing;
mod stats;
pub mod table;
#[cfg(test)]
mod testing;
mod writer;

pub use exchanges::Observed;
pub use identifiers::{Identifiers, hide};
pub use metrics::{Exposition, Metrics};
pub use sample::Sample;
pub use stats::ExchangeStats;
pub use writer::{Dropped, Queued};

/// A latency as logs show it: milliseconds, to the microsecond.
pub fn milliseconds(took: std::time::Duration) -> f64 {
    f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}
