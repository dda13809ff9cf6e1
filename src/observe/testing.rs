//! What a test logs.

use std::{
    io::{self, Write},
    sync::Arc,
};

use parking_lot::Mutex;
use tracing_subscriber::filter::Targets;

use super::log::{self, Log, Look};

/// Everything that was written.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `act` logs, from `INFO` up.
pub(super) fn captured_as(look: Look, act: impl FnOnce(&Log)) -> String {
    let sink = Captured::default();
    let writer = sink.clone();
    let filter = Targets::new().with_default(tracing::Level::INFO);
    let (log, subscriber) = log::new(look, filter, move || writer.clone());
    // With a single subscriber, tracing asks the thread that first reaches a log line whether anyone wants it, and that may be
    // another test's thread, where nobody does. A second one makes it ask them all.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    tracing::subscriber::with_default(subscriber, || act(&log));
    let bytes = sink.0.lock().clone();
    String::from_utf8(bytes).unwrap()
}

/// The lines that `act` logs.
pub(super) fn captured(act: impl FnOnce()) -> Vec<serde_json::Value> {
    captured_as(Look::Json, |_| act())
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
