//! What a case must find, and must not find, in everything that was written.

use serde_json::Value;

use super::{format::LogLine, run::World};

impl World<'_> {
    /// Looks for a line of the log.
    pub(super) fn find(&mut self, line: &LogLine, log: &[String]) {
        let is_expected = |found: &Value| {
            line.fields
                .iter()
                .all(|(name, expected)| match (expected, &found[name]) {
                    (Value::String(expected), Value::String(found)) => {
                        self.known.compare(expected, found).is_ok()
                    }
                    (expected, found) => expected == found,
                })
        };
        let parsed = log
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        let found = parsed.filter(is_expected).count();
        let right = line.lines.map_or(found > 0, |lines| found == lines);
        if !right {
            let fields = Value::Object(line.fields.clone());
            let expected = line
                .lines
                .map_or_else(|| "at least one".into(), |lines| lines.to_string());
            let error = format!(
                "log: expected {expected} line(s) with {fields}, found {found} in\n  {}",
                log.join("\n  ")
            );
            self.outcome.problems.push(error);
        }
    }

    /// Searches everything that was written for what must not be seen.
    pub(super) fn search(&mut self, stdout: &str, log: &[String]) {
        let issued = self
            .known
            .issued
            .iter()
            .flat_map(|issued| issued.token.split('.'));
        let secrets: Vec<&str> = issued
            .chain(self.marks.iter().map(String::as_str))
            .collect();
        let outputs = [
            ("standard output", stdout),
            ("the log", &log.join("\n")),
            ("a failure", &self.failures.join("\n")),
        ];
        let never = self.case.never.iter().map(String::as_str);
        let mut problems = Vec::new();
        for secret in secrets.into_iter().chain(never) {
            for (name, text) in &outputs {
                if text.contains(secret) {
                    problems.push(format!("{name} holds {secret:?}, which must never be seen:\n  {text}"));
                }
            }
        }
        for text in &self.case.never_logged {
            if let Some(line) = log.iter().find(|line| line.contains(text.as_str())) {
                problems.push(format!("the log holds {text:?}, which must not be seen there:\n  {line}"));
            }
        }
        if !stdout.is_empty() {
            problems.push(format!("standard output is not empty: {stdout}"));
        }
        for line in log {
            if !serde_json::from_str(line).is_ok_and(|json: Value| json.is_object()) {
                problems.push(format!("a line of the log is not JSON: {line}"));
            }
        }
        self.outcome.problems.extend(problems);
    }
}
