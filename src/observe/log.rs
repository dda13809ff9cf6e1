//! The log: one JSON object per line on standard error, or plain text for a person at a terminal.

use std::{
    fmt,
    io::{self, Write},
    sync::Arc,
};

use parking_lot::RwLock;
use serde::ser::{SerializeMap as _, Serializer as _};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    Layer as _,
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormatFields, MakeWriter,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    layer::SubscriberExt as _,
    registry::LookupSpan,
    reload,
};

/// How log lines look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// One JSON object per line.
    Json,
    /// Plain text, without colour.
    Text,
}

/// The fields that stand on every line: where this sidecar runs. Learned after the log is up, and again when the
/// configuration is read again.
#[derive(Clone, Debug, Default)]
pub struct LogContext(Arc<RwLock<Vec<(&'static str, String)>>>);

impl LogContext {
    /// The value of a field, if it is known.
    pub fn get(&self, field: &str) -> Option<String> {
        let fields = self.0.read();
        let found = fields.iter().find(|(name, _)| *name == field);
        found.map(|(_, value)| value.clone())
    }

    /// Replaces the fields.
    pub fn set(&self, fields: impl IntoIterator<Item = (&'static str, String)>) {
        *self.0.write() = fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
    }
}

/// The running log: its filter and its context can be changed.
#[derive(Clone)]
pub struct Log {
    filter: reload::Handle<Targets, tracing_subscriber::Registry>,
    /// The fields on every line.
    pub context: LogContext,
}

impl Log {
    /// Replaces the levels per target.
    pub fn set_filter(&self, filter: Targets) {
        // Fails only when the subscriber is gone, and the log with it.
        let _ = self.filter.reload(filter);
    }
}

/// Makes a log that writes to `writer`. The subscriber is for [`tracing::subscriber::set_global_default`] in a program and
/// for [`tracing::subscriber::with_default`] in a test.
pub fn new<W>(format: Format, filter: Targets, writer: W) -> (Log, Box<dyn Subscriber + Send + Sync>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let context = LogContext::default();
    let (filter, handle) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer);
    let subscriber: Box<dyn Subscriber + Send + Sync> = match format {
        Format::Json => {
            let lines = lines.event_format(Json(context.clone()));
            Box::new(tracing_subscriber::registry().with(lines.with_filter(filter)))
        }
        Format::Text => {
            Box::new(tracing_subscriber::registry().with(lines.with_target(false).with_filter(filter)))
        }
    };
    (Log { filter: handle, context }, subscriber)
}

/// Formats an event as one flat JSON object: time, level, context, the event's own fields.
struct Json(LogContext);

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        self.write(Bytes(&mut writer), event)
            .map_err(|_| fmt::Error)?;
        writer.write_char('\n')
    }
}

impl Json {
    fn write(&self, sink: impl Write, event: &Event<'_>) -> io::Result<()> {
        let mut time = String::with_capacity(32);
        let _ = SystemTime.format_time(&mut Writer::new(&mut time));
        let mut json = serde_json::Serializer::new(sink);
        let mut map = json.serialize_map(None)?;
        map.serialize_entry("time", &time)?;
        map.serialize_entry("level", event.metadata().level().as_str())?;
        for (name, value) in self.0.0.read().iter() {
            map.serialize_entry(name, value)?;
        }
        let mut visitor = tracing_serde::SerdeMapVisitor::new(map);
        event.record(&mut visitor);
        visitor.finish()?;
        Ok(())
    }
}

/// JSON text on its way into a formatter. `serde_json` writes valid UTF-8 in pieces that end at character boundaries.
struct Bytes<'a, 'w>(&'a mut Writer<'w>);

impl Write for Bytes<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        fmt::Write::write_str(self.0, text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;
    use tracing::{debug, info, warn};

    use super::*;

    /// Everything that was written, for a test to read.
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

    fn captured(format: Format, act: impl FnOnce(&Log)) -> String {
        let sink = Captured::default();
        let writer = sink.clone();
        let filter = Targets::new().with_default(tracing::Level::INFO);
        let (log, subscriber) = new(format, filter, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || act(&log));
        let bytes = sink.0.lock().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_lines_are_flat_and_say_where() {
        let text = captured(Format::Json, |log| {
            log.context.set([
                ("cloud", "public".into()),
                ("cluster", String::new()),
                ("namespace", "shop".into()),
            ]);
            info!(operation = "exchange", latency_ms = 12, aadsts = None::<u32>, "done \"well\"\n");
            debug!("not seen");
            log.set_filter(Targets::new().with_default(tracing::Level::DEBUG));
            debug!(aadsts = Some(700_213), "seen");
        });
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let expected = serde_json::json!({"level": "INFO", "cloud": "public", "namespace": "shop", "operation": "exchange",
            "latency_ms": 12, "message": "done \"well\"\n"});
        let mut first = lines[0].clone();
        let time = first.as_object_mut().unwrap().remove("time").unwrap();
        assert_eq!((first, lines.len()), (expected, 2), "{text}");
        assert!(
            time.as_str()
                .is_some_and(|t| t.ends_with('Z') && t.starts_with("20")),
            "{time}"
        );
        assert_eq!(lines[1]["aadsts"], 700_213);
    }

    #[test]
    fn text_lines_are_plain() {
        let text = captured(Format::Text, |_| warn!(result = "failure", "no token"));
        assert!(text.ends_with("WARN no token result=\"failure\"\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
