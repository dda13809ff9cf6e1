//! Text for a person: one short line first, and what belongs to it behind or below.

use std::fmt::{self, Write as _};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::now;
use crate::visible::shown;

/// Fields stand behind the message where the whole line has at most this many letters, else below it.
const MAX_LINE: usize = 110;

/// Where messages begin, and what belongs to them: after `02:57:58Z WARN  `.
const MARGIN: usize = 16;

/// Words that begin another line of a message: what an exchange that failed has to say is long.
const BREAKS: [&str; 2] = [" Fix: ", " Presented issuer "];

const DIM: &str = "2";

/// Formats an event as text.
pub(super) struct Text {
    /// With the colours of a terminal.
    pub(super) is_coloured: bool,
}

impl<S, N> FormatEvent<S, N> for Text
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
        let mut found = Found::default();
        event.record(&mut found);
        writer.write_str(&self.line(&now(), *event.metadata().level(), &found))
    }
}

/// What an event holds.
#[derive(Default)]
struct Found {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Found {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

impl Found {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            name => self.fields.push((name, value)),
        }
    }
}

impl Text {
    /// The whole of it. `time` is in RFC 3339; the day is left out.
    fn line(&self, time: &str, level: Level, found: &Found) -> String {
        let time = time.get(11..19).unwrap_or(time);
        let mut text = format!(
            "{} {} ",
            self.painted(DIM, &format!("{time}Z")),
            self.painted(colour(level), &format!("{level:<5}"))
        );
        let mut lines = broken(&found.message).into_iter();
        text.push_str(&shown(lines.next().unwrap_or_default()));
        let mut behind = String::new();
        for (name, value) in &found.fields {
            let _ = write!(behind, " {name}={}", quoted(value));
        }
        let rest: Vec<_> = lines.collect();
        let length = MARGIN + found.message.chars().count() + 1 + behind.chars().count();
        if rest.is_empty() && length <= MAX_LINE {
            if !behind.is_empty() {
                let _ = write!(text, " {}", self.painted(DIM, &behind));
            }
            text.push('\n');
            return text;
        }
        text.push('\n');
        for line in rest {
            let _ = writeln!(text, "{:MARGIN$}{}", "", shown(line));
        }
        let width = found
            .fields
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        for (name, value) in &found.fields {
            let name = self.painted(DIM, &format!("{name:width$}"));
            let _ = writeln!(text, "{:MARGIN$}{name}  {}", "", shown(value));
        }
        text
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.is_coloured { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

const fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "1;31",
        Level::WARN => "33",
        Level::INFO => "32",
        Level::DEBUG => "34",
        Level::TRACE => DIM,
    }
}

/// A message in lines.
fn broken(message: &str) -> Vec<&str> {
    let mut ends: Vec<_> = BREAKS
        .iter()
        .filter_map(|words| message.find(words))
        .collect();
    ends.sort_unstable();
    let mut lines = Vec::new();
    let mut begin = 0;
    for end in ends.into_iter().chain([message.len()]) {
        lines.push(message.get(begin..end).unwrap_or_default().trim_start());
        begin = end;
    }
    lines
}

/// A value that another one may follow.
fn quoted(value: &str) -> String {
    let is_plain = |letter: char| !letter.is_whitespace() && !matches!(letter, '"' | '=');
    if !value.is_empty() && value.chars().all(is_plain) { shown(value) } else { format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use super::{Found, Level, Text};

    const TIME: &str = "2026-11-30T02:57:58.123456Z";

    fn plain(level: Level, message: &str, fields: &[(&'static str, &str)]) -> String {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        Text { is_coloured: false }.line(TIME, level, &Found { message: message.into(), fields })
    }

    #[test]
    fn short_lines_are_one() {
        let fields = [("version", "0.1.0"), ("listen", "127.0.0.1:4254"), ("reason", "two words")];
        insta::assert_snapshot!(plain(Level::INFO, "wisp is serving", &fields), @r#"02:57:58Z INFO  wisp is serving  version=0.1.0 listen=127.0.0.1:4254 reason="two words""#);
        assert_eq!(plain(Level::ERROR, "ended", &[]), "02:57:58Z ERROR ended\n");
    }

    #[test]
    fn a_failure_is_a_line_with_its_fix_and_its_fields_below() {
        let message = "AADSTS700213: No matching federated identity record found for presented assertion subject \
                       'system:serviceaccount:shop:cart'. Fix: set the credential's subject. Presented issuer 'https://i/', \
                       subject 'system:serviceaccount:shop:cart', audience 'a'. Trace ID: 1 Correlation ID: 2";
        let fields =
            [("operation", "exchange"), ("errorCategory", "federated_credential"), ("aadsts", "700213")];
        insta::assert_snapshot!(plain(Level::WARN, message, &fields), @r"
        02:57:58Z WARN  AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:cart'.
                        Fix: set the credential's subject.
                        Presented issuer 'https://i/', subject 'system:serviceaccount:shop:cart', audience 'a'. Trace ID: 1 Correlation ID: 2
                        operation      exchange
                        errorCategory  federated_credential
                        aadsts         700213
        ");
    }

    #[test]
    fn what_others_wrote_gives_no_orders_and_makes_no_lines() {
        let text = plain(Level::WARN, "a\u{1b}[2J\nFix: b", &[("path", "/x\n02:57:58Z INFO  all is well")]);
        assert_eq!(
            text,
            "02:57:58Z WARN  a\u{fffd}[2J\u{fffd}Fix: b  path=\"/x\\n02:57:58Z INFO  all is well\"\n"
        );
        let long = plain(Level::WARN, &"m".repeat(200), &[("path", "/x\ny")]);
        assert!(long.ends_with("path  /x\u{fffd}y\n"), "{long}");
    }
}
