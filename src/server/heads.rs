//! A look at what arrives, for what hyper takes and no client sends: lines of a head that end without CR, which RFC 9112
//! section 2.2 allows a server to take. Who can slip line feeds into somebody else's request, and nothing else, could give
//! it the header that the guard wants.
//!
//! What is refused is made malformed, so that it is answered, counted and logged as everything else that hyper cannot read.

/// What HTTP/2 begins with (RFC 9113 section 3.4). hyper closes the connection then, without an answer.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// A byte that no head may hold.
const MALFORMED: u8 = 0;

/// The headers that say that something follows the head.
const ANNOUNCE_BODY: [&[u8]; 2] = [b"content-length:", b"transfer-encoding:"];

/// Where in the requests of one connection the next byte is.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// Behind a head with a body, until something is answered. How long the body is, is hyper's business.
    in_body: bool,
    /// Lines of this head that are over. Empty ones before the first do not count.
    lines: usize,
    /// What earlier pieces have of the line that is not over.
    begun: Begun,
    /// The last byte of the earlier piece.
    last: u8,
    announces_body: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Begun {
    #[default]
    Nothing,
    /// One CR, which ends an empty line if LF follows.
    OnlyCr,
    More,
}

impl Heads {
    /// Looks at the next piece that arrived, and makes malformed what is to be refused.
    pub(super) fn arrive(&mut self, bytes: &mut [u8]) {
        if self.in_body {
            return;
        }
        if self.lines == 0 && self.begun == Begun::Nothing && bytes.starts_with(PREFACE) {
            bytes.fill(MALFORMED);
            return;
        }
        if self.lines == 0 && self.begun == Begun::Nothing && is_whole_get(bytes) {
            return;
        }
        let mut start = 0;
        while let Some(length) = bytes
            .get(start..)
            .and_then(|rest| memchr::memchr(b'\n', rest))
        {
            let end = start + length;
            let before = end.checked_sub(1).and_then(|at| bytes.get(at).copied());
            if before.unwrap_or(self.last) != b'\r' {
                if let Some(end) = bytes.get_mut(end) {
                    *end = MALFORMED;
                }
                return;
            }
            self.line_ended(bytes.get(start..end).unwrap_or_default());
            if self.in_body {
                return;
            }
            start = end + 1;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        if !rest.is_empty() {
            let is_only_cr = self.begun == Begun::Nothing && rest == b"\r";
            self.begun = if is_only_cr { Begun::OnlyCr } else { Begun::More };
        }
        self.last = bytes.last().copied().unwrap_or(self.last);
    }

    /// Something was answered: what arrives next is a head.
    pub(super) fn answered(&mut self) {
        if self.in_body {
            *self = Self::default();
        }
    }

    /// `line` still has its CR, unless that was in an earlier piece.
    fn line_ended(&mut self, line: &[u8]) {
        let is_empty = match self.begun {
            Begun::Nothing => line == b"\r",
            Begun::OnlyCr => line.is_empty(),
            Begun::More => false,
        };
        if is_empty && self.lines > 0 {
            *self = Self { in_body: self.announces_body, ..Self::default() };
            return;
        }
        if !is_empty {
            // What a line in two pieces announces is not looked at: it may be a body.
            self.announces_body |=
                self.begun != Begun::Nothing || ANNOUNCE_BODY.iter().any(|name| begins(line, name));
            self.lines += 1;
        }
        self.begun = Begun::Nothing;
    }
}

/// Whether it is what nearly every request is: one piece, with nothing to refuse and nothing behind it. Found without a look
/// at each line, by comparisons that the compiler makes sixteen at a time.
fn is_whole_get(bytes: &[u8]) -> bool {
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let has_bare = |found, (one, next): (&u8, &u8)| found | u8::from(*next == b'\n' && *one != b'\r');
    bytes.starts_with(b"GET ") && bytes.ends_with(b"\r\n\r\n") && pairs.fold(0, has_bare) == 0
}

fn begins(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{Heads, PREFACE};

    /// What is left of `pieces` behind a look at each, with `|` where something is answered.
    fn looked_at(pieces: &[&str]) -> String {
        let mut heads = Heads::default();
        let mut seen = String::new();
        for piece in pieces {
            if *piece == "|" {
                heads.answered();
                continue;
            }
            let mut bytes = piece.as_bytes().to_vec();
            heads.arrive(&mut bytes);
            seen.push_str(&String::from_utf8(bytes).unwrap().replace('\0', "!"));
        }
        seen
    }

    #[test]
    fn lines_without_cr_are_made_malformed_in_heads() {
        for (sent, seen) in [
            (&["GET / HTTP/1.1\nHost: x\r\n\r\n"][..], "GET / HTTP/1.1!Host: x\r\n\r\n"),
            (&["GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"], "GET / HTTP/1.1\r\nA: b!C: d\r\n\r\n"),
            (&["GET / HTTP/1.1\r\nA: b\r\n\n"], "GET / HTTP/1.1\r\nA: b\r\n!"),
            (&["GET / HTTP/1.1", "\nA: b\r\n\r\n"], "GET / HTTP/1.1!A: b\r\n\r\n"),
            (&["\nGET / HTTP/1.1\r\n\r\n"], "!GET / HTTP/1.1\r\n\r\n"),
            // A line that ends in the next piece is no empty one, and what ended a line before ends no other.
            (
                &["POST / HTTP/1.1\r\nContent-Length: 1\r\nA: b\r", "\nC: d\nE: f\r\n\r\n"],
                "POST / HTTP/1.1\r\nContent-Length: 1\r\nA: b\r\nC: d!E: f\r\n\r\n",
            ),
            (
                &["GET / HTTP/1.1\r", "\nA: b\r\n", "\nC: d\r\n\r\n"],
                "GET / HTTP/1.1\r\nA: b\r\n!C: d\r\n\r\n",
            ),
            // Behind the first head.
            (&["GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\n\n"], "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1!\n"),
            (&["GET / HTTP/1.1\r\n\r\n", "|", "GET /\n"], "GET / HTTP/1.1\r\n\r\nGET /!"),
            (
                &["POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n\n", "|", "GET /\n"],
                "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n\nGET /!",
            ),
        ] {
            assert_eq!(looked_at(sent), seen, "{sent:?}");
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        let get = "\r\nGET /x HTTP/1.1\r\nHost: x\r\nMetadata: true\r\n\r\n";
        let post = "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\n";
        let chunked = "POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for sent in [
            &[get, get, get][..],
            &[get, "|", get],
            &[post, "resource=\n", "\n"],
            &[chunked, "1\r\n\n\r\n0\r\n\r\n", "|", get],
            // The line that announces the body in two pieces.
            &["POST / HTTP/1.1\r\nContent-", "Length: 1\r\n\r\n", "\n"],
        ] {
            let sent_text: String = sent
                .iter()
                .filter(|piece| **piece != "|")
                .copied()
                .collect();
            assert_eq!(looked_at(sent), sent_text);
        }
        // However it is cut.
        for cut in 1..get.len() - 1 {
            let (one, other) = get.split_at(cut);
            assert_eq!(looked_at(&[one, other, get]), [get, get].concat(), "{cut}");
        }
    }

    #[test]
    fn the_preface_of_http_2_is_no_request() {
        let preface = String::from_utf8_lossy(PREFACE);
        assert_eq!(looked_at(&[&preface]), "!".repeat(PREFACE.len()));
    }
}
