//! Counts of connections, for whoever renders metrics.

use std::sync::atomic::AtomicU64;

/// Counters of connections.
#[derive(Debug, Default)]
pub(crate) struct ConnectionCounters {
    /// Accepted since start.
    pub accepted: AtomicU64,
    /// Open now.
    pub open: AtomicU64,
    /// Closed because of a malformed request.
    pub malformed: AtomicU64,
    /// Closed because nothing was asked, or the answer was not read, for too long.
    pub idled: AtomicU64,
    /// Closed without a request in progress, to make room for another.
    pub evicted: AtomicU64,
}
