//! One run over files, folders and streams: everything is read and edited before anything is written, and one error anywhere
//! means that nothing is.

pub mod document;
mod files;
pub mod report;
mod sources;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    path::PathBuf,
};

use document::{Action, Around, Done};
use files::{Staged, staging};
use report::{Entry, FileDiagnostic, Report};
use sources::Source;

use super::{
    inject::{Options, surroundings::Surroundings},
    manifest::{LineDiagnostic, stream::Documents},
    workload::Which,
};

/// What is done with each document.
#[derive(Debug)]
pub enum Task {
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
pub enum Target {
    /// All of it to standard output.
    Stdout,
    /// Back into the files it came from.
    InPlace,
    /// Nowhere; it is only asked what would change.
    Nowhere,
}

/// A run.
#[derive(Debug)]
pub struct Run {
    /// What is done.
    pub task: Task,
    /// Which objects, and where their pods are.
    pub which: Which,
    /// Where the result goes.
    pub target: Target,
}

/// What is read: `-`, files, folders.
pub const STDIN: &str = "-";

/// The name of standard input in messages.
const STDIN_NAME: &str = "stdin";

impl Run {
    /// Reads `inputs` and writes the result.
    pub fn run(&self, inputs: &[PathBuf], stdin: impl Read, stdout: impl Write) -> Report {
        let mut report = Report::default();
        let mut staged = Vec::new();
        let mut spool = match self.target {
            Target::Stdout => match files::spool() {
                Ok(file) => Some(JoinedStream::new(BufWriter::new(file))),
                Err(error) => {
                    report.error(STDIN_NAME, None, format!("no temporary file can be made: {error}"));
                    return report;
                }
            },
            Target::InPlace | Target::Nowhere => None,
        };
        let sources = sources::sources(inputs, stdin, &mut report);
        let surroundings = match self.task {
            Task::Inject(_) => sources::surroundings(&sources),
            Task::Uninject { .. } => Surroundings::default(),
        };
        for (number, source) in sources.iter().enumerate() {
            let around = Around { surroundings: &surroundings, source: number };
            let name = source.name.as_str();
            let result = match source.open() {
                Ok(file) if self.target == Target::InPlace => {
                    self.to_file(source, file, around, &mut staged, &mut report)
                }
                Ok(file) => self.to_spool(name, BufReader::new(file), around, spool.as_mut(), &mut report),
                Err(error) => {
                    report.error(name, None, format!("cannot be opened: {error}"));
                    continue;
                }
            };
            if let Err(error) = result {
                report.error(name, None, format!("cannot be written: {error}"));
            }
        }
        if report.errors.is_empty() {
            finish(staged, spool, stdout, &mut report);
        }
        report
    }

    fn to_spool(
        &self,
        name: &str,
        input: impl BufRead,
        around: Around<'_>,
        spool: Option<&mut JoinedStream>,
        report: &mut Report,
    ) -> io::Result<()> {
        match spool {
            Some(joined) => {
                joined.next();
                self.stream(name, input, around, joined, report).map(drop)
            }
            None => self
                .stream(name, input, around, &mut io::sink(), report)
                .map(drop),
        }
    }

    fn to_file(
        &self,
        source: &Source,
        file: File,
        around: Around<'_>,
        staged: &mut Vec<Staged>,
        report: &mut Report,
    ) -> io::Result<()> {
        // Written only when something changes, so that a folder that cannot be written to may hold what stays as it is.
        let mut text = Vec::new();
        let input = BufReader::new(file);
        let mut lazy = staging(&source.path, &mut text);
        if self.stream(&source.name, input, around, &mut lazy, report)? {
            staged.extend(lazy.stage()?);
        }
        Ok(())
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
            let text = "there is nothing in it".to_owned();
            report
                .warnings
                .push(FileDiagnostic { file: name.to_owned(), line: None, text });
        }
        Ok(changed)
    }
}

fn finish(staged: Vec<Staged>, spool: Option<JoinedStream>, mut stdout: impl Write, report: &mut Report) {
    if let Err((file, error)) = files::commit(staged) {
        report.error(&file, None, format!("cannot be replaced: {error}; nothing was written"));
        return;
    }
    let Some(spool) = spool else { return };
    let copied = spool
        .out
        .into_inner()
        .map_err(io::IntoInnerError::into_error);
    let copied = copied.and_then(|mut file| {
        file.rewind()?;
        io::copy(&mut file, &mut stdout)?;
        stdout.flush()
    });
    match copied {
        // A reader that has gone away, as `head` does, is its own business.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            report.error("stdout", None, format!("cannot be written: {error}"));
        }
        _ => {}
    }
}

/// Several files in one stream, with separators between them where they bring none.
struct JoinedStream {
    out: BufWriter<File>,
    /// Something was written, and whether it ended its line.
    ended: Option<bool>,
    /// A file begins.
    fresh: bool,
}

impl JoinedStream {
    fn new(out: BufWriter<File>) -> Self {
        Self { out, ended: None, fresh: true }
    }

    fn next(&mut self) {
        self.fresh = true;
    }
}

impl Write for JoinedStream {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if text.is_empty() {
            return Ok(0);
        }
        if self.fresh
            && let Some(ended) = self.ended
        {
            if !ended {
                self.out.write_all(b"\n")?;
            }
            if !text.starts_with(b"---") {
                self.out.write_all(b"---\n")?;
            }
        }
        self.fresh = false;
        self.ended = Some(text.ends_with(b"\n"));
        self.out.write_all(text)?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
