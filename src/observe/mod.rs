//! Logs and metrics: what an operator can see.
//!
//! - `identifiers`: client ids as they may stand in logs
//! - `log`: one JSON object per line, with the fields that say where this sidecar runs, or text for a person
//! - `writer`: the thread that writes log lines, so that nobody waits for who reads them
//! - `exchanges`: what is counted and logged at each exchange with Entra
//! - `metrics`: everything that is counted, as Prometheus reads it
//! - `table`: the one table of metrics
//!
//! Neither ever sees a token or an assertion: those live in [`crate::token::Secret`], which has no text form.

mod exchanges;
mod identifiers;
pub mod log;
mod metrics;
#[cfg(test)]
pub(crate) mod page;
#[cfg(test)]
mod testing;
pub mod table;
mod writer;

pub use exchanges::{ExchangeStats, Observed};
pub use identifiers::{Identifiers, hide};
pub use metrics::{Exposition, Metrics, Sample};
pub use writer::{Dropped, Queued};

/// A latency as logs show it: milliseconds, to the microsecond.
pub fn milliseconds(took: std::time::Duration) -> f64 {
    f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}
