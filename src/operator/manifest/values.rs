//! What a document says, as values, with the place of what is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::DuplicateKeyPolicy;

use super::LineDiagnostic;

/// The deepest nesting read.
const MAX_DEPTH: usize = 100;

/// The most nodes of a document; a document is bounded in bytes already.
const MAX_NODES: usize = 8_000_000;

/// How the parser says that a document is more than is read of one.
const BUDGET: &str = "budget breached";
const TOO_MUCH: &str = "nested too deep, or too large once its aliases are followed";

/// How a document is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    /// YAML
    Yaml,
    /// JSON
    Json,
}

/// Reads a document. One without content is null.
pub(crate) fn read(text: &str) -> Result<(Value, Format), LineDiagnostic> {
    let content = text.trim_start();
    if !content.starts_with(['{', '[']) {
        return Ok((yaml(text)?, Format::Yaml));
    }
    match serde_json::from_str(text) {
        Ok(value) => {
            super::json::read(text)?;
            Ok((value, Format::Json))
        }
        Err(error) => {
            // Braces are YAML as well, unless a quote right after them shows what is meant.
            let meant = content
                .get(1..)
                .is_some_and(|rest| rest.trim_start().starts_with('"'));
            match yaml(text) {
                Ok(value) => Ok((value, Format::Yaml)),
                Err(_) if meant => {
                    let column = error.column();
                    let what = error.to_string();
                    let what = what.split(" at line ").next().unwrap_or_default();
                    Err(LineDiagnostic::at(error.line(), format!("invalid JSON: {what} (column {column})")))
                }
                Err(diagnostic) => Err(diagnostic),
            }
        }
    }
}

/// Reads a document that has to be a `T`; what is wrong with its fields has its place too.
pub(crate) fn read_as<T: DeserializeOwned>(text: &str) -> Result<T, LineDiagnostic> {
    parse(text)
}

fn yaml(text: &str) -> Result<Value, LineDiagnostic> {
    parse::<Option<Value>>(text).map(Option::unwrap_or_default)
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, LineDiagnostic> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 2 * MAX_NODES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        with_snippet: false,
        // As clusters read it: `y` is a name.
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
    };
    serde_saphyr::from_str_with_options::<T>(text, options).map_err(|error| {
        let whole = error.without_snippet().to_string();
        // The place is told apart from the text, in the words of this program.
        let what = whole.lines().next().unwrap_or_default();
        let what = what.strip_prefix("error: ").unwrap_or(what);
        let what = what.split(" at line ").next().unwrap_or(what);
        // What its caller could do about it is no advice for a user.
        let what = what
            .split(", set DuplicateKeyPolicy")
            .next()
            .unwrap_or(what);
        let what = what.split("; use from_str").next().unwrap_or(what);
        let what = if what.starts_with(BUDGET) { TOO_MUCH } else { what };
        match error.location() {
            Some(position) if position.line() > 0 => LineDiagnostic::at(
                usize::try_from(position.line()).unwrap_or(usize::MAX),
                format!("invalid YAML: {what} (column {})", position.column()),
            ),
            _ => LineDiagnostic::general(format!("invalid YAML: {what}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Format, read};

    fn wrong(text: &str) -> String {
        let diagnostic = read(text).unwrap_err();
        format!("{:?} {}", diagnostic.line, diagnostic.text)
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(
            read("a: [1, x, ~]\nb: \"1\"\n").unwrap(),
            (json!({"a": [1, "x", null], "b": "1"}), Format::Yaml)
        );
        assert_eq!(read(" {\"a\": 1}\n").unwrap(), (json!({"a": 1}), Format::Json));
        assert_eq!(read("{a: 1}\n").unwrap(), (json!({"a": 1}), Format::Yaml));
        assert_eq!(read("---\n# nothing\n").unwrap(), (json!(null), Format::Yaml));
        assert_eq!(read("").unwrap(), (json!(null), Format::Yaml));
        assert_eq!(read("a: y\nb: true\n").unwrap().0, json!({"a": "y", "b": true}));
        assert_eq!(
            read("a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n").unwrap().0,
            json!({"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": 2}})
        );
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        insta::assert_snapshot!(wrong("a: 1\n\tb: 2\n"), @"Some(1) invalid YAML: while scanning a plain scalar, found a tab (column 4)");
        insta::assert_snapshot!(wrong("a: 1\nb:\n  c: 1\n  d: 1\n  c: 2\n"), @"Some(5) invalid YAML: duplicate mapping key: c (column 3)");
        insta::assert_snapshot!(wrong("a: 'x\n"), @"Some(2) invalid YAML: invalid indentation in multiline quoted scalar (column 1)");
        insta::assert_snapshot!(wrong("a: 1\n---\nb: 1\n"), @"Some(3) invalid YAML: multiple YAML documents detected (column 1)");
        insta::assert_snapshot!(wrong("a: *x\n"), @"Some(1) invalid YAML: alias references unknown anchor (column 4)");
        insta::assert_snapshot!(wrong("{\n  \"a\": 1,,\n}"), @"Some(2) invalid JSON: key must be a string (column 10)");
        insta::assert_snapshot!(wrong("{\"a\": 1,\n \"a\": 2}"), @"Some(2) the key `a` is given twice");
        insta::assert_snapshot!(wrong("image: {{ .Values.image }}\n"), @"Some(1) invalid YAML: expected string scalar (column 9)");
        insta::assert_snapshot!(wrong(&format!("a: {}", "[".repeat(3000))), @"Some(1) invalid YAML: recursion limit exceeded (column 259)");
    }

    /// On a stack as the program has it: builds for tests have more on it for each level than threads of tests have.
    #[test]
    fn what_is_too_deep_is_told() {
        let deep: String = (0..150).map(|depth| " ".repeat(depth) + "a:\n").collect();
        let thread = std::thread::Builder::new().stack_size(16 << 20);
        let message = thread.spawn(move || wrong(&deep)).unwrap().join().unwrap();
        insta::assert_snapshot!(message, @"Some(101) invalid YAML: nested too deep, or too large once its aliases are followed (column 101)");
    }
}
