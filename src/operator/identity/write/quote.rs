//! Texts as each language quotes them. No text can end its quotes, whatever is in it.

/// For a POSIX shell, which takes everything in single quotes as it is.
pub(crate) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// For a line of a shell that people read: in quotes only where it needs them, and always in one line, for what follows on another could
/// be the end of a comment or of a block of Markdown.
pub(crate) fn word(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_./:".contains(letter));
    if is_plain {
        return text.to_owned();
    }
    if !text.chars().any(char::is_control) {
        return shell(text);
    }
    let mut quoted = String::from("$'");
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let bytes = letter.to_string().into_bytes();
                quoted.extend(bytes.iter().map(|byte| format!("\\x{byte:02x}")));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('\'');
    quoted
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
    use super::{bicep, hcl, shell, word};

    #[test]
    fn words_stay_in_their_line() {
        let all = ["shop/orders", "", "a b", "a'b", "a'b\nc\\d\u{7f}"].map(word);
        insta::assert_snapshot!(all.join("\n"), @r"
        shop/orders
        ''
        'a b'
        'a'\''b'
        $'a\'b\x0ac\\d\x7f'
        ");
    }

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
