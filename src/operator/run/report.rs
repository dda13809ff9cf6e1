//! What a run has to say, for people and for programs.

use serde_json::{Value, json};

use super::document::Action;

/// A pod and what became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// The file it is in.
    pub file: String,
    /// The line on which its object starts.
    pub line: usize,
    /// Its object.
    pub object: String,
    /// What was done.
    pub action: Action,
    /// The mode, or the reason.
    pub detail: String,
}

/// Something that is wrong, or that the user should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FileDiagnostic {
    /// The file.
    pub file: String,
    /// The line, if it is about one.
    pub line: Option<usize>,
    /// What it is.
    pub text: String,
}

/// The account of a run.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Report {
    /// Pods.
    pub entries: Vec<Entry>,
    /// Why nothing was written.
    pub errors: Vec<FileDiagnostic>,
    /// What the user should know.
    pub warnings: Vec<FileDiagnostic>,
    /// How many pods changed.
    pub changed: usize,
    /// How many documents had no pod and stayed as they are.
    pub passed: usize,
}

impl Action {
    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Injected => "injected",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Removed => "removed",
        }
    }
}

impl Report {
    /// Notes what is wrong.
    pub(crate) fn error(&mut self, file: &str, line: Option<usize>, text: impl Into<String>) {
        self.errors
            .push(FileDiagnostic { file: file.to_owned(), line, text: text.into() });
    }

    /// Notes what concerns the choices, once for all pods that have it.
    pub(crate) fn note(&mut self, (file, line): (&str, usize), text: String) {
        if !self.warnings.iter().any(|known| known.text == text) {
            self.warnings
                .push(FileDiagnostic { file: file.to_owned(), line: Some(line), text });
        }
    }

    /// For people, line by line.
    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.errors.is_empty() {
            for Entry { file, line, object, action, detail } in &self.entries {
                let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
                lines.push(format!("{file}:{line}: {object}: {}{detail}", action.name()));
            }
        }
        lines.extend(
            self.warnings
                .iter()
                .map(|diagnostic| format!("warning: {}", placed(diagnostic))),
        );
        lines.extend(
            self.errors
                .iter()
                .map(|diagnostic| format!("error: {}", placed(diagnostic))),
        );
        let summary = if self.errors.is_empty() {
            format!(
                "{} of {} pods changed, {} other documents left as they are",
                self.changed,
                self.entries.len(),
                self.passed
            )
        } else {
            "nothing was written".to_owned()
        };
        lines.push(summary);
        lines.join("\n") + "\n"
    }

    /// For programs, one JSON object.
    pub(crate) fn json(&self) -> String {
        let errors = |errors: &[FileDiagnostic]| -> Vec<Value> {
            errors
                .iter()
                .map(|FileDiagnostic { file, line, text }| json!({"file": file, "line": line, "message": text}))
                .collect()
        };
        let pods: Vec<_> = self
            .entries
            .iter()
            .map(|entry| {
                json!({
                    "file": entry.file,
                    "line": entry.line,
                    "object": entry.object,
                    "action": entry.action.name(),
                    "detail": entry.detail,
                })
            })
            .collect();
        let report = json!({
            "written": self.errors.is_empty(),
            "changed": self.changed,
            "pods": pods,
            "otherDocuments": self.passed,
            "warnings": errors(&self.warnings),
            "errors": errors(&self.errors),
        });
        format!("{report}\n")
    }
}

fn placed(diagnostic: &FileDiagnostic) -> String {
    match diagnostic.line {
        Some(line) => format!("{}:{line}: {}", diagnostic.file, diagnostic.text),
        None => format!("{}: {}", diagnostic.file, diagnostic.text),
    }
}
