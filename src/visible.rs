//! Texts of others, fit to be shown: nothing that a terminal would obey, and nothing that turns a line around or hides in it.

/// Whether `letter` gives a terminal an order, changes the direction of a line, or cannot be seen.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// One line of `text`, with a mark in the place of each hidden letter.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|letter| if is_hidden(letter) { '\u{fffd}' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn terminals_are_given_no_orders() {
        assert_eq!(shown("a\u{1b}[2Jb\nc\u{202e}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
    }
}
