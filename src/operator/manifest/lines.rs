//! Lines of a text by the offsets of their bytes.

/// The first byte of the line that `at` is on.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let head = text.get(..at).unwrap_or(text);
    head.rfind('\n').map_or(0, |newline| newline + 1)
}

/// The byte after the line that `at` is on, its line break included.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let tail = text.get(at..).unwrap_or_default();
    tail.find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}

/// The line break of the line that `at` is on, or else of the line before.
pub(super) fn eol_at(text: &str, at: usize) -> &'static str {
    let mut end = line_end(text, at);
    if !text.get(..end).unwrap_or_default().ends_with('\n') {
        end = line_start(text, at);
    }
    if text.get(..end).unwrap_or_default().ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// The start of the comments that stand directly above the line at `at`, indented by `column` as it is.
pub(super) fn above_comments(text: &str, at: usize, column: usize) -> usize {
    let mut at = at;
    while at > 0 {
        let above = line_start(text, at - 1);
        let line = text.get(above..at).unwrap_or_default();
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent != column || !line.get(indent..).is_some_and(|rest| rest.starts_with('#')) {
            break;
        }
        at = above;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{above_comments, eol_at, line_end, line_start};

    #[test]
    fn lines_are_found() {
        let text = "a\r\n  # c\n  # d\n  b";
        assert_eq!((line_start(text, 0), line_end(text, 0), eol_at(text, 0)), (0, 3, "\r\n"));
        assert_eq!((line_start(text, 17), line_end(text, 17), eol_at(text, 17)), (15, 18, "\n"));
        assert_eq!(above_comments(text, 15, 2), 3);
        assert_eq!(above_comments(text, 15, 0), 15);
        assert_eq!((line_start(text, 99), line_end(text, 99)), (15, 18));
    }
}
