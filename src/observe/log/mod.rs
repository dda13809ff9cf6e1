//! The log: one JSON object per line on standard error, or text for a person at a terminal.

mod json;
mod text;

use std::sync::Arc;

use parking_lot::RwLock;
use tracing::Subscriber;
use tracing_subscriber::{
    Layer as _,
    filter::Targets,
    fmt::{
        MakeWriter,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    layer::SubscriberExt as _,
    reload,
};

use self::{json::Json, text::Text};

/// How log lines shall look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Text on a terminal, JSON everywhere else.
    Auto,
    /// One JSON object per line.
    Json,
    /// Text for a person.
    Text,
}

/// How log lines look, once it is known where they go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Look {
    /// One JSON object per line.
    Json,
    /// Text for a person.
    Text {
        /// With the colours of a terminal.
        is_coloured: bool,
    },
}

impl Format {
    /// How lines look that go to a terminal or to something else. Colours only show on a terminal, and not where `NO_COLOR` is
    /// set to something.
    pub fn look(self, is_terminal: bool, no_color: Option<&str>) -> Look {
        match self {
            Self::Auto if !is_terminal => Look::Json,
            Self::Json => Look::Json,
            Self::Auto | Self::Text => {
                Look::Text { is_coloured: is_terminal && no_color.is_none_or(str::is_empty) }
            }
        }
    }
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
pub fn new<W>(look: Look, filter: Targets, writer: W) -> (Log, Box<dyn Subscriber + Send + Sync>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let context = LogContext::default();
    let (filter, handle) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer);
    let subscriber: Box<dyn Subscriber + Send + Sync> = match look {
        Look::Json => {
            let lines = lines.event_format(Json(context.clone()));
            Box::new(tracing_subscriber::registry().with(lines.with_filter(filter)))
        }
        Look::Text { is_coloured } => {
            let lines = lines.event_format(Text { is_coloured });
            Box::new(tracing_subscriber::registry().with(lines.with_filter(filter)))
        }
    };
    (Log { filter: handle, context }, subscriber)
}

/// The present as it stands in log lines: RFC 3339 in UTC.
fn now() -> String {
    let mut time = String::with_capacity(32);
    // A clock that cannot be read leaves the line without its time.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    time
}

#[cfg(test)]
mod tests {
    use tracing::{debug, info, warn};

    use super::*;
    use crate::observe::testing::captured_as as captured;

    #[test]
    fn json_lines_are_flat_and_say_where() {
        let text = captured(Look::Json, |log| {
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
    fn text_has_no_colours_unless_they_are_asked_for() {
        let line =
            |is_coloured| captured(Look::Text { is_coloured }, |_| warn!(result = "failure", "no token"));
        assert!(line(false).ends_with("Z WARN  no token  result=failure\n"), "{}", line(false));
        assert!(!line(false).contains('\u{1b}') && line(true).contains("\u{1b}[33mWARN \u{1b}[0m"));
    }

    #[test]
    fn containers_get_json_and_terminals_text() {
        let looks = [Format::Auto, Format::Json, Format::Text]
            .map(|format| [format.look(false, None), format.look(true, None), format.look(true, Some("1"))]);
        let (plain, coloured) = (Look::Text { is_coloured: false }, Look::Text { is_coloured: true });
        assert_eq!(looks, [[Look::Json, coloured, plain], [Look::Json; 3], [plain, coloured, plain]]);
        assert_eq!(Format::Auto.look(true, Some("")), coloured, "an empty NO_COLOR says nothing");
    }
}
