//! For reports, as GitHub and others read Markdown.

use std::fmt::Write as _;

use super::Report;
use crate::visible::is_hidden;

/// `report` as a page.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n", report.title);
    for line in &report.summary {
        let _ = write!(text, "\n{}\n", escaped(line));
    }
    for section in &report.sections {
        let _ = write!(text, "\n## {}\n\n", section.title);
        if section.columns.is_empty() {
            for row in &section.rows {
                let _ = writeln!(text, "- {}", escaped(&row.concat()));
            }
            continue;
        }
        let columns: Vec<_> = section
            .columns
            .iter()
            .map(|column| capitalized(column))
            .collect();
        let _ = write!(text, "| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
        for row in &section.rows {
            let cells: Vec<_> = row.iter().map(|cell| escaped(cell)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

/// `CLIENT ID` as `Client id`.
fn capitalized(column: &str) -> String {
    let first: String = column.chars().take(1).collect();
    let rest: String = column.chars().skip(1).collect();
    first + &rest.to_lowercase()
}

/// A text of others without what Markdown or HTML would take for its own; code stays code.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let mut is_code = false;
    // A single one would make code of all that follows.
    let marks = text.matches('`').count();
    let mut left = marks - marks % 2;
    for letter in text.chars() {
        match letter {
            '`' if left == 0 => escaped.push_str("\\`"),
            '`' => {
                is_code = !is_code;
                left -= 1;
                escaped.push('`');
            }
            '|' => escaped.push_str("\\|"),
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' if !is_code => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter if letter.is_control() => escaped.push(' '),
            letter if is_hidden(letter) => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{capitalized, escaped};

    #[test]
    fn texts_of_others_stay_texts() {
        assert_eq!(escaped("a|b <b> *c*\nd\u{202e}"), "a\\|b \\<b\\> \\*c\\* d\u{fffd}");
        assert_eq!(escaped("`a_b` c_d"), "`a_b` c\\_d");
        assert_eq!(escaped("a`b[c](d) &lt;"), "a\\`b\\[c\\](d) \\&lt;");
        assert_eq!(capitalized("CLIENT ID"), "Client id");
    }
}
