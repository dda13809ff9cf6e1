//! What `wispctl` shows: coloured on a terminal, and nowhere else. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are obeyed.

use std::{io, process::ExitCode};

use anstream::{AutoStream, ColorChoice};

use crate::{
    cli::exit::{Exit, Outcome},
    visible::{is_hidden, without_secrets},
};

/// How a line that begins with a word begins on a terminal.
const PAINTED: [(&str, &str); 2] =
    [("error:", "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m"), ("warning:", "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m")];

/// Writes an outcome.
pub(super) fn report(outcome: Outcome) -> ExitCode {
    let messages = painted(&visible(&without_secrets(&outcome.messages)));
    Outcome { messages, ..outcome }.write(io::stdout(), anstream::stderr())
}

/// Writes messages that are coloured already; `plain` is the same without colours.
pub(super) fn report_styled(exit: Exit, styled: &str, plain: &str) -> ExitCode {
    // Where more than colours is hidden in it, an argument has it.
    let is_clean = visible(&without_colours(styled)) == without_colours(styled);
    let messages = if is_clean { without_secrets(styled) } else { visible(&without_secrets(plain)) };
    Outcome { exit, output: String::new(), messages }.write(io::stdout(), anstream::stderr())
}

/// A text without the orders that only colour.
fn without_colours(text: &str) -> String {
    let mut segments = text.split("\u{1b}[");
    let first = segments.next().unwrap_or_default().to_owned();
    segments.fold(first, |plain, segment| {
        let rest = segment.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';');
        match rest.strip_prefix('m') {
            Some(rest) => plain + rest,
            None => plain + "\u{1b}[" + segment,
        }
    })
}

/// Whether standard output shows colours.
pub(super) fn is_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Lines with texts of others, without what a terminal would obey or would turn around.
pub(super) fn visible(lines: &str) -> String {
    let shown =
        |letter: char| if is_hidden(letter) && !matches!(letter, '\n' | '\t') { '\u{fffd}' } else { letter };
    lines.chars().map(shown).collect()
}

/// The first word of errors and warnings stands out.
fn painted(messages: &str) -> String {
    let lines = messages.split_inclusive('\n').map(|line| {
        let word = PAINTED.iter().find(|(word, _)| line.starts_with(word));
        word.map_or_else(|| line.to_owned(), |(word, painted)| line.replacen(word, painted, 1))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::{painted, visible, without_colours};

    #[test]
    fn colours_are_told_from_other_orders() {
        assert_eq!(without_colours("a\u{1b}[1;31mb\u{1b}[0mc\u{1b}[2Jd"), "abc\u{1b}[2Jd");
    }

    #[test]
    fn texts_of_others_give_no_orders() {
        assert_eq!(
            visible("error: a\u{1b}]0;b\u{7}\r\n\tc\u{202e}d"),
            "error: a\u{fffd}]0;b\u{fffd}\u{fffd}\n\tc\u{fffd}d"
        );
    }

    #[test]
    fn what_is_wrong_stands_out() {
        let shown = painted("a: warning: x\nerror: error: y\nwarning: z\n");
        insta::assert_snapshot!(shown.replace('\u{1b}', "ESC"), @"
        a: warning: x
        ESC[1mESC[31merror:ESC[0m error: y
        ESC[1mESC[33mwarning:ESC[0m z
        ");
    }
}
