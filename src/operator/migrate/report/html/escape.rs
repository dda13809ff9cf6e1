//! Texts of others: names and annotations of a dump may be anything.

use std::fmt;

use askama::filters::Escaper;

use crate::visible::is_hidden;

/// Escapes what HTML would take for its own, in texts and in attributes, and shows what nobody would see by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text;

impl Escaper for Text {
    fn write_escaped_str<W: fmt::Write>(&self, mut out: W, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_special) {
            let (plain, special) = rest.split_at(at);
            out.write_str(plain)?;
            let mut letters = special.chars();
            match letters.next() {
                Some('&') => out.write_str("&amp;")?,
                Some('<') => out.write_str("&lt;")?,
                Some('>') => out.write_str("&gt;")?,
                Some('"') => out.write_str("&quot;")?,
                Some('\'') => out.write_str("&#39;")?,
                Some('\n' | '\t') => out.write_str(" ")?,
                Some(letter) => write!(out, "\u{27e8}U+{:04X}\u{27e9}", u32::from(letter))?,
                None => {}
            }
            rest = letters.as_str();
        }
        out.write_str(rest)
    }
}

fn is_special(letter: char) -> bool {
    matches!(letter, '&' | '<' | '>' | '"' | '\'') || is_hidden(letter)
}

/// A sentence as HTML: escaped, and what stands between backticks as code.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::new();
    let mut pieces: Vec<_> = text.split('`').collect();
    // A single one would make code of all that follows.
    let odd = if pieces.len().is_multiple_of(2) { pieces.pop() } else { None };
    for (index, piece) in pieces.iter().enumerate() {
        let is_code = index % 2 == 1;
        html.push_str(if is_code { "<code>" } else { "" });
        push(&mut html, piece);
        html.push_str(if is_code { "</code>" } else { "" });
    }
    if let Some(last) = odd {
        push(&mut html, "`");
        push(&mut html, last);
    }
    html
}

fn push(html: &mut String, text: &str) {
    // A text takes all that is written.
    let _ = Text.write_escaped_str(html, text);
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn texts_of_others_stay_texts() {
        insta::assert_snapshot!(
            prose("<script>alert('a' & \"b\")</script>\u{0}\u{1b}[1m\u{202e}\u{2066}\u{feff}\u{85}\n\tend"),
            @"&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;⟨U+0000⟩⟨U+001B⟩[1m⟨U+202E⟩⟨U+2066⟩⟨U+FEFF⟩⟨U+0085⟩  end"
        );
    }

    #[test]
    fn code_is_code() {
        assert_eq!(prose("write `a<b` there"), "write <code>a&lt;b</code> there");
        assert_eq!(prose("`a` and ` alone"), "<code>a</code> and ` alone");
    }
}
