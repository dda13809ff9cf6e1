//! Texts as each language quotes them. No text can end its quotes, whatever is in it.

/// For a POSIX shell, which takes everything in single quotes as it is.
pub(crate) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// For Bicep, in whose strings `${` begins an expression.
pub(super) fn bicep(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '$' => quoted.push_str("\\$"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// For HCL, in whose strings `${` and `%{` begin templates.
pub(super) fn hcl(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '$' | '%' if rest.peek() == Some(&'{') => quoted.extend([c, c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{bicep, hcl, shell};

    #[test]
    fn nothing_leaves_its_quotes() {
        let text = "a'b\"c$(d)${e}%{f}\\g$\nh";
        insta::assert_snapshot!([shell, bicep, hcl].map(|quote| quote(text)).join("\n---\n"), @r#"
        'a'\''b"c$(d)${e}%{f}\g$
        h'
        ---
        'a\'b"c\$(d)\${e}%{f}\\g\$\nh'
        ---
        "a'b\"c$(d)$${e}%%{f}\\g$\nh"
        "#);
    }
}
