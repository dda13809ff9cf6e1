//! Text for a terminal, or plain for a file.

use std::io::{self, Write};

/// Where lines are broken. Commands are not: they are there to be copied.
const WIDTH: usize = 96;

/// Steps hang on the margin, hops stand a little in, their details further.
const HOP: usize = 2;
const DETAIL: usize = 4;

/// The column of names beside values.
const NAMES: usize = 19;

/// How a piece of text looks on a terminal.
#[derive(Clone, Copy, Debug)]
enum Look {
    Plain,
    Strong,
    Faint,
    Hop,
    Good,
    Bad,
    Advice,
}

impl Look {
    /// The parameters of ECMA-48's SGR sequence.
    const fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Hop => "36",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Advice => "1;33",
        }
    }
}

/// A page that is written from the top.
pub struct Page<'a> {
    out: &'a mut dyn Write,
    coloured: bool,
}

impl<'a> Page<'a> {
    /// A page on `out`, with colour or without.
    pub fn new(out: &'a mut dyn Write, coloured: bool) -> Self {
        Self { out, coloured }
    }

    /// The first line of a step, set off from what came before.
    pub(super) fn step(&mut self, text: &str) -> io::Result<()> {
        self.blank()?;
        self.write(0, Look::Strong, text)
    }

    /// The first line of a hop: who does something, or speaks to whom.
    pub(super) fn hop(&mut self, text: &str) -> io::Result<()> {
        self.blank()?;
        self.write(HOP, Look::Hop, text)
    }

    /// A sentence at the margin.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(0, Look::Plain, text)
    }

    /// A sentence about a hop.
    pub(super) fn detail(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(DETAIL, Look::Plain, text)
    }

    /// The same, less important.
    pub(super) fn aside(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(DETAIL, Look::Faint, text)
    }

    /// A line exactly as it is: to be copied, or as it went over the wire.
    pub(super) fn exactly(&mut self, text: &str) -> io::Result<()> {
        self.write(DETAIL, Look::Plain, text)
    }

    /// A name and its value.
    pub(super) fn field(&mut self, name: &str, value: &str) -> io::Result<()> {
        let name = self.painted(Look::Faint, &format!("{name:<NAMES$}"));
        for (index, line) in wrap(value, WIDTH - DETAIL - NAMES).into_iter().enumerate() {
            let head = if index == 0 { name.clone() } else { " ".repeat(NAMES) };
            self.write(DETAIL, Look::Plain, &format!("{head}{line}"))?;
        }
        Ok(())
    }

    /// Something that was looked at and found right.
    pub(super) fn right(&mut self, text: &str) -> io::Result<()> {
        let mark = self.painted(Look::Good, "✓");
        self.write(DETAIL, Look::Plain, &format!("{mark} {text}"))
    }

    /// Something that was looked at and found wrong.
    pub(super) fn wrong(&mut self, text: &str) -> io::Result<()> {
        let mark = self.painted(Look::Bad, "✗");
        self.write(DETAIL, Look::Plain, &format!("{mark} {text}"))
    }

    /// What is to be done about it.
    pub(super) fn advice(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(DETAIL, Look::Advice, text)
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    fn wrapped(&mut self, indent: usize, look: Look, text: &str) -> io::Result<()> {
        for line in wrap(text, WIDTH - indent) {
            self.write(indent, look, &line)?;
        }
        Ok(())
    }

    /// Each line is shown at once: some of them take a while to come about.
    fn write(&mut self, indent: usize, look: Look, line: &str) -> io::Result<()> {
        let line = self.painted(look, line);
        writeln!(self.out, "{:indent$}{line}", "")?;
        self.out.flush()
    }

    fn painted(&self, look: Look, text: &str) -> String {
        match look.sgr() {
            sgr if self.coloured && !sgr.is_empty() => format!("\x1b[{sgr}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// `text` in lines of at most `width` characters, broken at spaces. A longer word stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{Page, WIDTH, wrap};

    fn written(coloured: bool) -> String {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, coloured);
        page.step("1  Step").unwrap();
        page.hop("app → wisp").unwrap();
        page.field("Name", "word ".repeat(20).trim_end()).unwrap();
        page.right("good").unwrap();
        page.wrong("bad").unwrap();
        page.advice("Fix: do it.").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_text_has_no_escapes() {
        insta::assert_snapshot!(written(false), @"
1  Step

  app → wisp
    Name               word word word word word word word word word word word word word word
                       word word word word word word
    ✓ good
    ✗ bad
    Fix: do it.
");
    }

    #[test]
    fn colour_adds_escapes_and_nothing_else() {
        let coloured = written(true);
        assert!(coloured.contains("\x1b[1m1  Step\x1b[0m\n"), "{coloured:?}");
        let mut plain = String::new();
        for (index, chunk) in coloured.split('\x1b').enumerate() {
            plain.push_str(if index == 0 { chunk } else { chunk.split_once('m').unwrap().1 });
        }
        assert_eq!(plain, written(false));
    }

    #[test]
    fn lines_are_broken_at_spaces_only() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable a", 3), ["unbreakable", "a"]);
        assert_eq!(wrap("", 3), [""]);
        assert!(
            written(false)
                .lines()
                .all(|line| line.chars().count() <= WIDTH)
        );
    }
}
