//! What a test logs.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

/// Everything logged by this thread while it lives.
pub(super) struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Log {
    pub(super) fn from(level: tracing::Level) -> Self {
        // With a single subscriber, tracing asks the thread that first reaches a log line whether anyone wants it, and
        // that may be another test's thread, where nobody does. A second one makes it ask them all.
        static SECOND: LazyLock<tracing::Dispatch> = LazyLock::new(|| {
            tracing_subscriber::fmt()
                .with_writer(io::sink)
                .finish()
                .into()
        });
        LazyLock::force(&SECOND);
        let text = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&text);
        let filter = tracing_subscriber::filter::Targets::new().with_default(level);
        let (_, subscriber) = crate::observe::log::new(crate::observe::log::Look::Json, filter, move || {
            Shared(Arc::clone(&writer))
        });
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.text.lock().unwrap().clone()).unwrap();
        text.lines().map(Into::into).collect()
    }
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
