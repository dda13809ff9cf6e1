//! From the parser's events to a tree.

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::{Entry, Kind, Node, Style};
use crate::operator::manifest::LineDiagnostic;

/// The deepest nesting read. Pods need about 15.
const MAX_DEPTH: usize = 200;

/// Reads one YAML document. None means that there is nothing in it.
pub(crate) fn read(text: &str) -> Result<Option<Node>, LineDiagnostic> {
    let mut composer = Composer { text, parser: Parser::new_from_str(text) };
    loop {
        match composer.next()? {
            (Event::StreamStart | Event::DocumentStart(..), _) => {}
            (Event::StreamEnd | Event::DocumentEnd, _) => return Ok(None),
            (event, span) => return composer.node(event, span, 0, 0).map(Some),
        }
    }
}

struct Composer<'a> {
    text: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
}

impl<'a> Composer<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), LineDiagnostic> {
        match self.parser.next_event() {
            Some(Ok(pair)) => Ok(pair),
            Some(Err(error)) => Err(LineDiagnostic::at(
                error.marker().line(),
                format!("invalid YAML: {} (column {})", error.info(), error.marker().col() + 1),
            )),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The node that `event` opens. `empty_at` is where it is when nothing is written.
    fn node(
        &mut self,
        event: Event<'a>,
        span: Span,
        empty_at: usize,
        depth: usize,
    ) -> Result<Node, LineDiagnostic> {
        let line = span.start.line();
        let start = offset(span.start);
        if depth > MAX_DEPTH {
            return Err(LineDiagnostic::at(line, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let property_of = |anchor: usize, tag: bool| match (anchor, tag) {
            (0, false) => None,
            (0, true) => Some("a tag"),
            _ => Some("an anchor"),
        };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    _ => Style::Block,
                };
                let property = property_of(anchor, tag.is_some());
                let mut end = offset(span.end);
                let mut start = start;
                if style == Style::Plain && end <= start {
                    // Nothing is written; the parser's place for it is further on.
                    (start, end) = (empty_at, empty_at);
                }
                if style == Style::Block {
                    end = trimmed_end(self.text, end);
                }
                let kind = Kind::Scalar { style, text: text.into_owned() };
                Ok(Node { start, end, line, property, kind })
            }
            Event::Alias(_) => {
                let kind = Kind::Scalar { style: Style::Plain, text: String::new() };
                Ok(Node { start, end: offset(span.end), line, property: Some("an alias"), kind })
            }
            Event::MappingStart(style, anchor, tag) => {
                let mut entries: Vec<Entry> = Vec::new();
                let close = loop {
                    match self.next()? {
                        (Event::MappingEnd, span) => break span,
                        (event, span) => entries.push(self.entry(&event, span, depth)?),
                    }
                };
                let flow = style == StructureStyle::Flow;
                let last = entries.last().map_or(start, Entry::end);
                let start = if flow { start } else { entries.first().map_or(start, |entry| entry.start) };
                Ok(Node {
                    start,
                    end: if flow { offset(close.end) } else { last },
                    line,
                    property: property_of(anchor, tag.is_some()),
                    kind: Kind::Map { flow, entries },
                })
            }
            Event::SequenceStart(style, anchor, tag) => {
                let mut items = Vec::new();
                let mut last = start;
                let close = loop {
                    match self.next()? {
                        (Event::SequenceEnd, span) => break span,
                        (event, span) => {
                            let item = self.node(event, span, last, depth + 1)?;
                            last = last.max(item.end);
                            items.push(item);
                        }
                    }
                };
                let flow = style == StructureStyle::Flow;
                let end = if flow { offset(close.end) } else { last };
                // The parser's place for a list that is indented like its key is not that of its first dash.
                let dash = items
                    .first()
                    .and_then(|item: &Node| dash_before(self.text, item.start));
                let start = if flow { start } else { dash.unwrap_or(start) };
                let property = property_of(anchor, tag.is_some());
                Ok(Node { start, end, line, property, kind: Kind::Seq { flow, items } })
            }
            other => Err(LineDiagnostic::at(line, format!("not expected here: {other:?}"))),
        }
    }

    fn entry(&mut self, event: &Event<'a>, span: Span, depth: usize) -> Result<Entry, LineDiagnostic> {
        let line = span.start.line();
        let Event::Scalar(key, ..) = event else {
            return Err(LineDiagnostic::at(line, "a key must be text".to_owned()));
        };
        let key = key.clone().into_owned();
        let (start, key_end) = (offset(span.start), offset(span.end));
        let rest = self.text.get(key_end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let colon_end = rest[blanks..]
            .starts_with(':')
            .then_some(key_end + blanks + 1);
        let (event, span) = self.next()?;
        let value = self.node(event, span, colon_end.unwrap_or(key_end), depth + 1)?;
        Ok(Entry { key, start, key_end, colon_end, line, value })
    }
}

fn offset(marker: granit_parser::Marker) -> usize {
    marker.byte_offset().unwrap_or_else(|| marker.index())
}

/// The dash of the list item whose content starts at `at`.
fn dash_before(text: &str, at: usize) -> Option<usize> {
    let mut head = text.get(..at)?;
    loop {
        head = head.trim_end();
        if head.ends_with('-') {
            return Some(head.len() - 1);
        }
        // A comment, an anchor or the sign of a block stands between them.
        let line = head.rfind('\n').map_or(0, |newline| newline + 1);
        let content = head.get(line..)?.trim_start();
        if content.starts_with("- ") {
            return Some(head.len() - content.len());
        }
        if line == 0 {
            return None;
        }
        head = head.get(..line)?;
    }
}

/// The end of the last line with content at or before `end`.
fn trimmed_end(text: &str, end: usize) -> usize {
    text.get(..end).map_or(end, |head| head.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Kind, Style},
        read,
    };
    use crate::operator::edit::Step;

    fn slice(text: &str, path: &[&str]) -> String {
        let tree = read(text).unwrap().unwrap();
        let mut node = &tree;
        for step in path {
            let step = step.parse().map_or_else(|_| Step::from(*step), Step::Index);
            node = node.child(&step).unwrap();
        }
        text[node.start..node.end].to_owned()
    }

    #[test]
    fn nodes_know_their_place() {
        let text = "---\n# é\na: {b: [1, 'x']} # c\nlist:\n  - k: v\n    w: \"ü\"\n  # end\n\n  - z\nn:\nt: |\n  x\n\nu: 1\n";
        assert_eq!(slice(text, &["a"]), "{b: [1, 'x']}");
        assert_eq!(slice(text, &["a", "b"]), "[1, 'x']");
        assert_eq!(slice(text, &["a", "b", "1"]), "'x'");
        assert_eq!(slice(text, &["list"]), "- k: v\n    w: \"ü\"\n  # end\n\n  - z");
        assert_eq!(slice(text, &["list", "0"]), "k: v\n    w: \"ü\"");
        assert_eq!(slice(text, &["n"]), "");
        assert_eq!(slice(text, &["t"]), "x");
        assert_eq!(slice(text, &["u"]), "1");
        let tree = read(text).unwrap().unwrap();
        let n = tree.entry("n").unwrap();
        assert_eq!(n.colon_end, Some(n.value.start));
        assert_eq!(tree.line_of(&["list".into(), 1.into()]), 9);
        assert_eq!(tree.line_of(&["list".into(), 0.into(), "w".into(), "missing".into()]), 6);
    }

    #[test]
    fn styles_anchors_and_tags_are_seen() {
        let tree = read("a: &x 1\nb: *x\nc: !!str 2\nd: >-\n  t\n")
            .unwrap()
            .unwrap();
        let properties: Vec<_> = ["a", "b", "c", "d"]
            .map(|k| tree.entry(k).unwrap().value.property)
            .into();
        assert_eq!(properties, [Some("an anchor"), Some("an alias"), Some("a tag"), None]);
        assert!(matches!(tree.entry("d").unwrap().value.kind, Kind::Scalar { style: Style::Block, .. }));
    }

    #[test]
    fn crlf_and_what_is_empty() {
        assert_eq!(slice("a:\n- b\n- c\nd: 1\n", &["a"]), "- b\n- c");
        assert_eq!(slice("a:\n- # x\n  b: 1\n- - c\n", &["a"]), "- # x\n  b: 1\n- - c");
        assert_eq!(slice("a:\r\n  - b\r\nc:\r\n", &["a"]), "- b");
        assert_eq!(slice("a:\r\n  - b\r\nc:\r\n", &["c"]), "");
        assert!(read("# only a comment\n").unwrap().is_none());
        assert!(read("").unwrap().is_none());
    }

    #[test]
    fn what_is_no_yaml_has_a_line() {
        let error = read("a: 1\nb: [1\nc: 2\n").unwrap_err();
        assert_eq!(error.line, Some(3));
        let deep = "[".repeat(5000);
        assert!(read(&deep).is_err());
    }
}
