//! Objects of YAML, by the lines on which documents and the items of lists begin.
//!
//! `kubectl` writes the items of a list at the margin, and others a few blanks into it; no line of an item stands there but its first.

use std::io::BufRead;

use serde_json::Value;

use super::{Counted, Item, ListKind, Unreadable, json::is_list};
use crate::operator::manifest::{LineDiagnostic, stream::MAX_DOCUMENT, templating, tree, values};

/// Calls `see` with each object of `input`.
pub(super) fn each<R: BufRead>(input: &mut Counted<R>, see: &mut impl FnMut(Item)) {
    let mut document = Document::starting(input.line);
    loop {
        let number = input.line;
        let line = match input.next_line(MAX_DOCUMENT + 2) {
            Ok(line) => line,
            Err(error) => {
                see(Item::failed(number, format!("cannot be read: {error}")));
                return;
            }
        };
        if line.is_empty() {
            break;
        }
        if is_separator(&line) {
            document.finish(see);
            document = Document::starting(number);
        }
        document.take(number, &line, see);
    }
    document.finish(see);
}

fn is_separator(line: &[u8]) -> bool {
    line.strip_prefix(b"---")
        .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// Lines that belong together.
#[derive(Default)]
struct Lines {
    first: usize,
    bytes: Vec<u8>,
    is_too_large: bool,
}

impl Lines {
    fn starting(first: usize) -> Self {
        Self { first, ..Self::default() }
    }

    fn push(&mut self, line: &[u8]) {
        self.is_too_large |= self.bytes.len() + line.len() > MAX_DOCUMENT;
        if self.is_too_large {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(line);
        }
    }

    /// How many lines come before the first that says something.
    fn preamble(&self) -> usize {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines
            .take_while(|line| {
                let line = line.trim_ascii();
                line.is_empty() || line.starts_with(b"#") || line == b"---"
            })
            .count()
    }

    /// What they say; null where they say nothing.
    fn read(self) -> Result<Value, Unreadable> {
        let failed = |diagnostic: LineDiagnostic, text: String| {
            let line = self.first + diagnostic.line.unwrap_or(1).saturating_sub(1);
            Unreadable { diagnostic: LineDiagnostic::at(line, diagnostic.text), text }
        };
        if self.is_too_large {
            let text = format!("the document that starts here is larger than {} MiB", MAX_DOCUMENT >> 20);
            return Err(failed(LineDiagnostic::general(text), String::new()));
        }
        let Ok(text) = String::from_utf8(self.bytes) else {
            let text = "not text in UTF-8; a manifest is expected";
            return Err(failed(LineDiagnostic::general(text), String::new()));
        };
        if text.contains('\0') {
            let diagnostic = "not text: it has a NUL byte; a manifest is expected";
            return Err(failed(LineDiagnostic::general(diagnostic), String::new()));
        }
        let value = match values::read(&text) {
            Ok((value, _)) => value,
            Err(diagnostic) => {
                return Err(failed(templating::in_text(&text).unwrap_or(diagnostic), text));
            }
        };
        // Few documents have braces, and only these are read again.
        if text.contains("{{")
            && let Ok(Some(tree)) = tree::read(&text)
            && let Some(diagnostic) = templating::in_tree(&tree)
        {
            return Err(failed(diagnostic, text));
        }
        Ok(value)
    }
}

/// A document, and how far it is.
struct Document {
    /// All of it but the items of its list.
    head: Lines,
    list: ListKind,
    state: State,
}

enum State {
    /// Outside of a list.
    Head,
    /// After `items:`.
    BeforeItems,
    /// In a list.
    Items {
        /// How many blanks stand before its dashes.
        indent: usize,
        item: Lines,
    },
    /// After a list.
    Tail,
}

impl Document {
    fn starting(line: usize) -> Self {
        Self { head: Lines::starting(line), list: ListKind::default(), state: State::Head }
    }

    fn take(&mut self, number: usize, line: &[u8], see: &mut impl FnMut(Item)) {
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let content = line.get(indent..).unwrap_or_default().trim_ascii_end();
        let has_content = !content.is_empty() && !content.starts_with(b"#");
        let is_dash = content == b"-" || content.starts_with(b"- ");
        match &mut self.state {
            State::BeforeItems if has_content && is_dash => {
                let item = item(number, line, indent);
                self.state = State::Items { indent, item };
                return;
            }
            State::BeforeItems if has_content => {
                self.head.push(b"items:\n");
                self.state = State::Head;
            }
            State::BeforeItems => return,
            State::Items { indent: dashes, item: last } if has_content && indent <= *dashes => {
                let next = if is_dash && indent == *dashes { Some(item(number, line, indent)) } else { None };
                let is_next = next.is_some();
                let done = std::mem::replace(last, next.unwrap_or_default());
                see_item(done, &mut self.list, see);
                if is_next {
                    return;
                }
                self.state = State::Tail;
            }
            State::Items { item, .. } => {
                item.push(line);
                return;
            }
            State::Head | State::Tail => {}
        }
        if matches!(self.state, State::Head) {
            if indent == 0 && content == b"items:" {
                self.state = State::BeforeItems;
                return;
            }
            let text = |key: &[u8]| {
                let value = content.strip_prefix(key).filter(|_| indent == 0)?;
                let value = std::str::from_utf8(value).ok()?.trim();
                Some(value.trim_matches(['"', '\'']).to_owned())
            };
            self.list.kind = text(b"kind:").or_else(|| self.list.kind.take());
            self.list.version = text(b"apiVersion:").or_else(|| self.list.version.take());
        }
        self.head.push(line);
    }

    fn finish(mut self, see: &mut impl FnMut(Item)) {
        let has_items = matches!(self.state, State::Items { .. } | State::Tail);
        if let State::Items { item, .. } = self.state {
            see_item(item, &mut self.list, see);
        }
        let line = self.head.first + self.head.preamble();
        let content = self.head.read();
        match content {
            Ok(Value::Null) => {}
            Ok(list) if has_items => match self.list.failure(&list) {
                Some(text) => see(Item::failed(line, text)),
                None if is_list(&list) => {}
                None => see(Item { line, content: Ok(list) }),
            },
            content => see(Item { line, content }),
        }
    }
}

/// The first line of an item, its dash a blank.
fn item(number: usize, line: &[u8], indent: usize) -> Lines {
    let mut first = line.to_vec();
    if let Some(dash) = first.get_mut(indent) {
        *dash = b' ';
    }
    let mut item = Lines::starting(number);
    item.push(&first);
    item
}

fn see_item(item: Lines, list: &mut ListKind, see: &mut impl FnMut(Item)) {
    let line = item.first;
    let mut content = item.read();
    if let Ok(value) = &mut content {
        list.complete(value);
    }
    if !matches!(content, Ok(Value::Null)) {
        see(Item { line, content });
    }
}
