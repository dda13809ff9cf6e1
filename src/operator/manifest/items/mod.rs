//! Objects of a file one after the other, those of a list item by item.
//!
//! A dump of a whole cluster is one list, often larger than any document that is edited, and sometimes cut off. So it is read with
//! no more memory than its largest object, and what comes before an error counts.
//!
//! - `json`: by serde_json's own stream
//! - `yaml`: by the lines on which documents and items begin

mod json;
mod yaml;

use std::io::{self, BufRead, Read};

use serde_json::Value;

use super::LineDiagnostic;

/// What is wrong with the commonest file that is no text in UTF-8.
const UTF16: &str =
    "text in UTF-16, as Windows PowerShell writes it by `>`; write it by `| Out-File -Encoding utf8 FILE`";

/// An object as it was found, or why there is none.
#[derive(Debug)]
pub(crate) struct Item {
    /// The number of its first line in the file.
    pub line: usize,
    /// What it says.
    pub content: Result<Value, Unreadable>,
}

/// Something that cannot be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// What is wrong with it; its line counts from 1 at the start of the file.
    pub diagnostic: LineDiagnostic,
    /// What is written there, as far as it is known. It may hold secrets.
    pub text: String,
}

/// What is wrong with a file that somebody names and that has nothing in it.
pub(crate) const EMPTY: &str = "there is nothing in it: the command that was to write it has failed, or wrote elsewhere; run it again and look";

/// Calls `see` with each object of `input`, and with an array that has none as it is. Whether anything is in it at all: a list without
/// items is something.
pub(crate) fn each(input: impl BufRead, mut see: impl FnMut(Item)) -> bool {
    let mut input = Counted { input, line: 1 };
    if input.is_utf16() {
        see(Item::failed(1, UTF16.to_owned()));
        return true;
    }
    match input.is_json() {
        Ok(None) => return false,
        Ok(Some(true)) => {
            if json::each(&mut input, &mut see) {
                yaml::each(&mut input, &mut see);
            }
        }
        Ok(Some(false)) => yaml::each(&mut input, &mut see),
        Err(error) => see(Item::failed(input.line, format!("cannot be read: {error}"))),
    }
    true
}

impl Item {
    fn failed(line: usize, text: String) -> Self {
        let diagnostic = LineDiagnostic::at(line, text);
        Self { line, content: Err(Unreadable { diagnostic, text: String::new() }) }
    }
}

/// An input that knows on which line it is.
struct Counted<R> {
    input: R,
    /// The number of the line of the next byte.
    line: usize,
}

impl<R: BufRead> Counted<R> {
    /// Passes over blanks, and gives the byte after them; none at the end.
    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            self.line += newlines(buffer.get(..blank).unwrap_or_default());
            let next = buffer.get(blank).copied();
            self.input.consume(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Whether the file begins as one in UTF-16 does.
    fn is_utf16(&mut self) -> bool {
        let start = self.input.fill_buf().unwrap_or_default();
        start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff")
    }

    /// Whether JSON comes next; none where nothing does. Braces are YAML as well; a quote right after them shows what is meant.
    fn is_json(&mut self) -> io::Result<Option<bool>> {
        if self.input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            self.input.consume(3);
        }
        let Some(first) = self.next_byte()? else { return Ok(None) };
        let rest = self.input.fill_buf()?.get(1..).unwrap_or_default();
        let second = rest.iter().find(|byte| !byte.is_ascii_whitespace());
        Ok(Some(match first {
            b'{' => matches!(second, None | Some(b'"' | b'}')),
            b'[' => matches!(second, None | Some(b'{' | b']')),
            _ => false,
        }))
    }

    /// The next line with its end, at most `limit` bytes of it; empty at the end.
    fn next_line(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        Read::by_ref(&mut self.input)
            .take(limit as u64)
            .read_until(b'\n', &mut line)?;
        self.line += newlines(&line);
        Ok(line)
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.line += newlines(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// What `items` without a kind of their own are, by their list.
#[derive(Debug, Default)]
struct ListKind {
    version: Option<String>,
    kind: Option<String>,
    /// How many items nobody could name.
    nameless: usize,
}

impl ListKind {
    /// Says of `item` what its list says of all.
    fn complete(&mut self, item: &mut Value) {
        let Value::Object(map) = item else { return };
        if map.contains_key("kind") {
            return;
        }
        match (
            self.kind
                .as_deref()
                .and_then(|kind| kind.strip_suffix("List")),
            &self.version,
        ) {
            (Some(kind), Some(version)) if !kind.is_empty() => {
                map.insert("kind".to_owned(), kind.into());
                map.insert("apiVersion".to_owned(), version.as_str().into());
            }
            _ => self.nameless += 1,
        }
    }

    /// What the end of the list shows: that it is not its end, or that nobody knows what is in it.
    fn failure(&self, list: &Value) -> Option<String> {
        let kind = list.get("kind").and_then(Value::as_str);
        match kind {
            None if list.get("apiVersion").is_some() => {
                Some("the list ends before its `kind`: it was cut off; dump it again".to_owned())
            }
            Some(kind) if self.nameless > 0 && kind.ends_with("List") => Some(format!(
                "objects of this list that have no `kind` of their own: {}; that of the list comes too late, dump them with `kubectl get -o json`",
                self.nameless
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
