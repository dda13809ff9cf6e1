//! What `wispctl` shows: coloured on a terminal, and nowhere else. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are obeyed.

use std::{io, process::ExitCode};

use anstream::{AutoStream, ColorChoice};

use crate::{cli::exit::Outcome, visible::is_hidden};

/// How a line that begins with a word begins on a terminal.
const PAINTED: [(&str, &str); 2] =
    [("error:", "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m"), ("warning:", "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m")];

/// Writes an outcome.
pub(super) fn report(outcome: Outcome) -> ExitCode {
    let messages = painted(&visible(&outcome.messages));
    Outcome { messages, ..outcome }.write(io::stdout(), anstream::stderr())
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
    use super::{painted, visible};

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
