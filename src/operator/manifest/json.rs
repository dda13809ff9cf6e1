//! Where everything in a JSON document stands. JSON is nearly YAML, but only nearly (tabs, surrogate pairs), so it has a
//! reader of its own.

use super::{
    LineDiagnostic,
    tree::{Entry, Kind, Node, Style},
};

/// The deepest nesting read; that of `serde_json`.
const MAX_DEPTH: usize = 127;

/// Reads one JSON document that `serde_json` has accepted. Keys that are there twice are refused.
pub(crate) fn read(text: &str) -> Result<Node, LineDiagnostic> {
    let mut scanner = Scanner { text, at: 0, line: 1 };
    scanner.blank();
    scanner.value(0)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while let Some(byte) = self.peek()
            && byte.is_ascii_whitespace()
        {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    fn odd<T>(&self) -> Result<T, LineDiagnostic> {
        Err(LineDiagnostic::at(self.line, "invalid JSON".to_owned()))
    }

    fn expect(&mut self, byte: u8) -> Result<(), LineDiagnostic> {
        if self.peek() != Some(byte) {
            return self.odd();
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Node, LineDiagnostic> {
        if depth > MAX_DEPTH {
            return Err(LineDiagnostic::at(self.line, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let (start, line) = (self.at, self.line);
        let kind = match self.peek() {
            Some(b'{') => Kind::Map { flow: true, entries: self.members(depth)? },
            Some(b'[') => Kind::Seq { flow: true, items: self.items(depth)? },
            Some(b'"') => Kind::Scalar { style: Style::Quoted, text: self.string()? },
            Some(_) => {
                while self
                    .peek()
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
                {
                    self.at += 1;
                }
                let text = self.text.get(start..self.at).unwrap_or_default();
                Kind::Scalar { style: Style::Plain, text: text.to_owned() }
            }
            None => return self.odd(),
        };
        Ok(Node { start, end: self.at, line, property: None, kind })
    }

    fn members(&mut self, depth: usize) -> Result<Vec<Entry>, LineDiagnostic> {
        let mut entries: Vec<Entry> = Vec::new();
        self.expect(b'{')?;
        self.blank();
        while self.peek() != Some(b'}') {
            if !entries.is_empty() {
                self.expect(b',')?;
                self.blank();
            }
            let (start, line) = (self.at, self.line);
            let key = self.string()?;
            if entries.iter().any(|entry| entry.key == key) {
                return Err(LineDiagnostic::at(line, format!("the key `{key}` is given twice")));
            }
            let key_end = self.at;
            self.blank();
            self.expect(b':')?;
            let colon_end = self.at;
            self.blank();
            let value = self.value(depth + 1)?;
            self.blank();
            entries.push(Entry { key, start, key_end, colon_end: Some(colon_end), line, value });
        }
        self.expect(b'}')?;
        Ok(entries)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, LineDiagnostic> {
        let mut items = Vec::new();
        self.expect(b'[')?;
        self.blank();
        while self.peek() != Some(b']') {
            if !items.is_empty() {
                self.expect(b',')?;
                self.blank();
            }
            items.push(self.value(depth + 1)?);
            self.blank();
        }
        self.expect(b']')?;
        Ok(items)
    }

    fn string(&mut self) -> Result<String, LineDiagnostic> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return self.odd(),
            }
        }
        self.at += 1;
        let Some(text) = self
            .text
            .get(start..self.at)
            .and_then(|token| serde_json::from_str(token).ok())
        else {
            return self.odd();
        };
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn nodes_know_their_place() {
        let text = "{\n\t\"a\" : [1, {\"\\\"b\\u00e9\": null}],\n\t\"c\": -1.5e3\n}\n";
        let tree = read(text).unwrap();
        let a = tree.entry("a").unwrap();
        assert_eq!(&text[a.value.start..a.value.end], "[1, {\"\\\"b\\u00e9\": null}]");
        assert_eq!(&text[a.start..a.key_end], "\"a\"");
        let inner = a.value.child(&1.into()).unwrap().entry("\"bé").unwrap();
        assert_eq!((inner.line, &text[inner.value.start..inner.value.end]), (2, "null"));
        let c = tree.entry("c").unwrap();
        assert_eq!((c.line, &text[c.value.start..c.value.end]), (3, "-1.5e3"));
    }

    #[test]
    fn junk_is_refused() {
        for junk in ["", "{", "{\"a\" 1}", "[1 2]", "{\"a\":1,}", "\"a", "\"a\\"] {
            assert!(read(junk).is_err(), "{junk}");
        }
        assert!(read(&"[".repeat(10_000)).is_err());
    }
}
