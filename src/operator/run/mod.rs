//! One run over files, folders and streams: everything is read and edited before anything is written, and one error anywhere
//! means that nothing is.

pub(crate) mod document;
mod files;
mod joined;
pub(crate) mod report;
mod sources;
mod transaction;

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
};

pub(crate) use report::Report;
pub(crate) use sources::{Source, sources, surroundings};

use document::{Action, Around, Done};
use report::{Entry, FileDiagnostic};
use transaction::Transaction;

use super::{
    inject::{Options, surroundings::Surroundings},
    manifest::{LineDiagnostic, stream::Documents},
    workload::Which,
};

/// What is done with each document.
#[derive(Debug)]
pub(crate) enum Task {
    /// Put wisp in.
    Inject(Box<Options>),
    /// Take wisp out.
    Uninject {
        /// What people changed in the injected parts may be lost.
        discard_edits: bool,
    },
}

/// Where the result goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    /// All of it to standard output.
    Stdout,
    /// Back into the files it came from.
    InPlace,
    /// Nowhere; it is only asked what would change.
    Nowhere,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run {
    /// What is done.
    pub task: Task,
    /// Which objects, and where their pods are.
    pub which: Which,
    /// Where the result goes.
    pub target: Target,
}

/// What is read: `-`, files, folders.
pub(crate) const STDIN: &str = "-";

/// The name of standard input in messages.
pub(crate) const STDIN_NAME: &str = "stdin";

/// Replaces files by their new texts, all of them or none.
pub(crate) fn replace_all(files: &[(PathBuf, String)]) -> Result<(), FileDiagnostic> {
    let failed = |path: &PathBuf, error: &io::Error| FileDiagnostic {
        file: path.display().to_string(),
        line: None,
        text: format!("cannot be written: {error}"),
    };
    let mut transaction = Transaction::begin(false).map_err(|error| failed(&PathBuf::new(), &error))?;
    for (path, text) in files {
        transaction
            .replace(path, text.as_bytes())
            .map_err(|error| failed(path, &error))?;
    }
    transaction.commit(io::sink())
}

impl Run {
    /// Reads `inputs` and writes the result.
    pub(crate) fn run(&self, inputs: &[PathBuf], stdin: impl Read, stdout: impl Write) -> Report {
        let mut report = Report::default();
        let mut transaction = match Transaction::begin(self.target == Target::Stdout) {
            Ok(transaction) => transaction,
            Err(error) => {
                report.error(STDIN_NAME, None, format!("cannot create a temporary file: {error}"));
                return report;
            }
        };
        let sources = sources(inputs, stdin, &mut report);
        let surroundings = match self.task {
            Task::Inject(_) => surroundings(&sources),
            Task::Uninject { .. } => Surroundings::default(),
        };
        for (number, source) in sources.iter().enumerate() {
            let around = Around { surroundings: &surroundings, source: number };
            let name = source.name.as_str();
            let file = match source.open() {
                Ok(file) => BufReader::new(file),
                Err(error) => {
                    report.error(name, None, format!("cannot be opened: {error}"));
                    continue;
                }
            };
            if let Err(error) = self.edit(source, file, around, &mut transaction, &mut report) {
                report.error(name, None, format!("cannot be written: {error}"));
            }
        }
        if report.errors.is_empty()
            && let Err(diagnostic) = transaction.commit(stdout)
        {
            report.errors.push(diagnostic);
        }
        report
    }

    fn edit(
        &self,
        source: &Source,
        input: impl BufRead,
        around: Around<'_>,
        transaction: &mut Transaction,
        report: &mut Report,
    ) -> io::Result<()> {
        let name = source.name.as_str();
        if self.target == Target::InPlace {
            let mut text = Vec::new();
            // Written only when something changes, so that a folder that cannot be written to may hold what stays as it is.
            if self.stream(name, input, around, &mut text, report)? {
                transaction.replace(&source.path, &text)?;
            }
            return Ok(());
        }
        let changed = match transaction.next_file() {
            Some(out) => self.stream(name, input, around, out, report),
            None => self.stream(name, input, around, &mut io::sink(), report),
        };
        changed.map(drop)
    }

    /// Edits the documents of `input`. The answer is whether any of them changed.
    fn stream(
        &self,
        name: &str,
        input: impl BufRead,
        around: Around<'_>,
        out: &mut dyn Write,
        report: &mut Report,
    ) -> io::Result<bool> {
        let mut changed = false;
        let mut empty = true;
        for document in Documents::new(input) {
            let document = match document {
                Ok(document) => document,
                Err(LineDiagnostic { line, text }) => {
                    // Lines of the stream, not of a document.
                    report.error(name, line, text);
                    return Ok(changed);
                }
            };
            empty = false;
            let line_of =
                |diagnostic: &LineDiagnostic| document.line + diagnostic.line.unwrap_or(1).saturating_sub(1);
            let done = match &self.task {
                Task::Inject(options) => document::inject(&document.text, options, &self.which, around),
                Task::Uninject { discard_edits } => {
                    document::uninject(&document.text, *discard_edits, &self.which)
                }
            };
            let Done { text, pods, hints } = match done {
                Ok(done) => done,
                Err(diagnostics) => {
                    for diagnostic in diagnostics {
                        let line = line_of(&diagnostic);
                        report.error(name, Some(line), diagnostic.text);
                    }
                    continue;
                }
            };
            report.passed += usize::from(pods.is_empty());
            report
                .warnings
                .extend(hints.iter().map(|diagnostic| FileDiagnostic {
                    file: name.to_owned(),
                    line: Some(line_of(diagnostic)),
                    text: diagnostic.text.clone(),
                }));
            for pod in pods {
                let warnings = pod.warnings.iter().map(|diagnostic| FileDiagnostic {
                    file: name.to_owned(),
                    line: Some(line_of(diagnostic)),
                    text: diagnostic.text.clone(),
                });
                report.warnings.extend(warnings);
                let at = (name, document.line + pod.line.saturating_sub(1));
                pod.notes.into_iter().for_each(|note| report.note(at, note));
                report.changed += usize::from(!matches!(pod.action, Action::Unchanged | Action::Skipped));
                report.entries.push(Entry {
                    file: name.to_owned(),
                    line: document.line + pod.line.saturating_sub(1),
                    object: pod.object,
                    action: pod.action,
                    detail: pod.detail,
                });
            }
            changed |= text.is_some();
            out.write_all(text.as_ref().unwrap_or(&document.text).as_bytes())?;
        }
        if empty {
            let text = "it is empty".to_owned();
            report
                .warnings
                .push(FileDiagnostic { file: name.to_owned(), line: None, text });
        }
        Ok(changed)
    }
}
