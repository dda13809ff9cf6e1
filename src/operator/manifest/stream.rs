//! Documents of a file, one after the other, so that a file of any length needs no more memory than its largest document.

use std::io::{self, BufRead, Read};

use serde_json::de::{Deserializer, IoRead};

use super::LineDiagnostic;

/// The largest document read, in bytes. The API server accepts about 3 MiB.
pub(crate) const MAX_DOCUMENT: usize = 16 << 20;

/// A document as it stands in its file.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Document {
    /// The number of its first line in the file.
    pub line: usize,
    /// All of it, with the separator before it.
    pub text: String,
}

/// Splits `input` into documents.
pub(crate) struct Documents<R> {
    input: R,
    /// The number of the next line.
    line: usize,
    /// A line that was read and belongs to the next document.
    held: Option<Vec<u8>>,
    /// Documents that are already apart.
    ready: Vec<Document>,
    done: bool,
}

impl<R: BufRead> Documents<R> {
    /// Documents of `input`.
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: 1, held: None, ready: Vec::new(), done: false }
    }

    fn read(&mut self) -> Result<Option<Document>, LineDiagnostic> {
        let first = self.line;
        let mut bytes = Vec::new();
        // Comments and directives belong to the document that they precede.
        let mut has_content = false;
        loop {
            let line = match self.held.take() {
                Some(line) => line,
                None => self.next_line(bytes.len())?,
            };
            if line.is_empty() {
                break;
            }
            let separates = is_separator(&line);
            if separates && has_content {
                self.held = Some(line);
                break;
            }
            has_content |= separates || !is_preamble(&line);
            bytes.extend_from_slice(&line);
            self.line += 1;
            if bytes.len() > MAX_DOCUMENT {
                let text = format!("the document that starts here is larger than {} MiB", MAX_DOCUMENT >> 20);
                return Err(LineDiagnostic::at(first, text));
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            let line = first + before.split(|byte| *byte == b'\n').count() - 1;
            LineDiagnostic::at(line, "not text in UTF-8; a manifest is expected")
        })?;
        if let Some(at) = text.find('\0') {
            let line = first + text.get(..at).unwrap_or_default().matches('\n').count();
            return Err(LineDiagnostic::at(line, "not text: it has a NUL byte; a manifest is expected"));
        }
        Ok(Some(Document { line: first, text }))
    }

    fn next_line(&mut self, have: usize) -> Result<Vec<u8>, LineDiagnostic> {
        let mut line = Vec::new();
        let capacity = (MAX_DOCUMENT + 2).saturating_sub(have) as u64;
        Read::by_ref(&mut self.input)
            .take(capacity)
            .read_until(b'\n', &mut line)
            .map_err(|error: io::Error| LineDiagnostic::general(format!("cannot be read: {error}")))?;
        Ok(line)
    }
}

impl<R: BufRead> Iterator for Documents<R> {
    type Item = Result<Document, LineDiagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(document) = self.ready.pop() {
            return Some(Ok(document));
        }
        if self.done {
            return None;
        }
        match self.read() {
            Ok(Some(document)) => {
                self.ready = apart(document);
                self.ready.reverse();
                self.ready.pop().map(Ok)
            }
            Ok(None) => None,
            Err(diagnostic) => {
                self.done = true;
                Some(Err(diagnostic))
            }
        }
    }
}

/// JSON documents may follow each other without a separator.
fn apart(document: Document) -> Vec<Document> {
    if !document.text.trim_start().starts_with('{') {
        return vec![document];
    }
    let mut ends = Vec::new();
    let mut values =
        Deserializer::new(IoRead::new(document.text.as_bytes())).into_iter::<serde::de::IgnoredAny>();
    while let Some(value) = values.next() {
        if value.is_err() {
            return vec![document];
        }
        ends.push(values.byte_offset());
    }
    // What follows the last one is its own.
    ends.pop();
    let mut documents = Vec::new();
    let (mut at, mut line) = (0, document.line);
    for end in ends.into_iter().chain([document.text.len()]) {
        let text = document.text.get(at..end).unwrap_or_default();
        documents.push(Document { line, text: text.to_owned() });
        line += text.matches('\n').count();
        at = end;
    }
    documents
}

fn is_separator(line: &[u8]) -> bool {
    line.strip_prefix(b"---")
        .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// Whether a line is blank, a comment or a directive, a byte order mark aside.
fn is_preamble(line: &[u8]) -> bool {
    let line = line
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(line)
        .trim_ascii();
    line.first()
        .is_none_or(|byte| *byte == b'#' || *byte == b'%')
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::{Documents, MAX_DOCUMENT};

    fn split(text: &str) -> Vec<(usize, String)> {
        Documents::new(text.as_bytes())
            .map(|document| {
                document
                    .map(|document| (document.line, document.text))
                    .unwrap()
            })
            .collect()
    }

    #[test]
    fn documents_are_taken_apart() {
        let text = "# head\n%YAML 1.2\n---\na: 1\n--- # two\nb: |\n  ---\n---x: 1\n---\n---\n...\n";
        assert_eq!(
            split(text),
            [
                (1, "# head\n%YAML 1.2\n---\na: 1\n".to_owned()),
                (5, "--- # two\nb: |\n  ---\n---x: 1\n".to_owned()),
                (9, "---\n".to_owned()),
                (10, "---\n...\n".to_owned()),
            ]
        );
        let json = "{\"a\":1}\n{\"b\":\n2} {\"c\":3}\n";
        assert_eq!(
            split(json),
            [(1, "{\"a\":1}".to_owned()), (1, "\n{\"b\":\n2}".to_owned()), (3, " {\"c\":3}\n".to_owned())]
        );
        assert!(split("").is_empty());
    }

    #[test]
    fn junk_is_refused_with_its_line() {
        let first = |bytes: &[u8]| Documents::new(bytes).find_map(Result::err).unwrap();
        assert_eq!(first(b"a: 1\n\xff\xfe\n").line, Some(2));
        assert_eq!(first(b"a: 1\nb: \0\n").line, Some(2));
        let long = "a".repeat(MAX_DOCUMENT + 1);
        insta::assert_snapshot!(first(long.as_bytes()).text, @"the document that starts here is larger than 16 MiB");
        assert_eq!(Documents::new(&b"\xff\n---\n\xff"[..]).count(), 1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(lines in proptest::collection::vec("(---|--- |a: 1|#x|\\{\"a\":1\\}|%Y|)(\r)?", 0..12)) {
            let text = lines.join("\n");
            let parts: Vec<_> = split(&text).into_iter().map(|(_, text)| text).collect();
            prop_assert_eq!(parts.concat(), text);
        }
    }
}
