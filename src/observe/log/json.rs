//! One JSON object per line.

use std::{
    fmt,
    io::{self, Write},
};

use serde::ser::{SerializeMap as _, Serializer as _};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{LogContext, now};

/// Formats an event as one flat JSON object: time, level, context, the event's own fields.
pub(super) struct Json(pub(super) LogContext);

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
        let mut json = serde_json::Serializer::new(sink);
        let mut map = json.serialize_map(None)?;
        map.serialize_entry("time", &now())?;
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
