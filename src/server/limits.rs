//! The bounds of a set of listeners.

use std::time::Duration;

use super::pace::Pace;

/// Bounds of a set of listeners.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once. For one more, the oldest that has no request in progress is closed; while all have one,
    /// it waits.
    pub connections: usize,
    /// The setting that `connections` comes from, for the log; none if it is fixed.
    pub connections_setting: Option<&'static str>,
    /// How fast connections are accepted; none for as fast as they come.
    pub pace: Option<Pace>,
    /// How long a connection may go without a request begun or answered. One that sends its request slower, or does not
    /// read its answer, is closed after at most twice this time.
    pub idle: Duration,
    /// How long requests in progress may take to finish once the end has come. Connections that are kept alive are answered
    /// meanwhile, each once more, until nothing has been asked for 300 ms. Requests that still wait in the last 300 ms are
    /// answered without what they wait for; if the whole is shorter, that is at once, and takes 300 ms at most.
    pub drain: Duration,
}
