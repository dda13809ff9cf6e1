//! How a command ends.

use std::{
    fmt::{Display, Write as _},
    io,
    process::ExitCode,
};

use crate::visible::without_tokens;

/// The exit codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// All went well.
    Success = 0,
    /// The command was understood and failed.
    Failure = 1,
    /// Nothing changed, and `--require-change` was given.
    NothingChanged = 3,
    /// Something would change, and `--check` was given.
    WouldChange = 4,
    /// Arguments or configuration are wrong (`EX_USAGE` of sysexits.h).
    Usage = 64,
    /// The kernel lacks what is needed (`EX_UNAVAILABLE`).
    Unsupported = 69,
    /// The kernel refuses (`EX_OSERR`).
    System = 71,
    /// The program's file lacks the capability that the image gave it (`EX_OSFILE`).
    FileCapabilityLost = 72,
    /// The port is not available (`EX_CANTCREAT`).
    NotListening = 73,
    /// What was made does not do what it is for (`EX_PROTOCOL`).
    NotProven = 76,
    /// The process lacks the right (`EX_NOPERM`).
    NotPermitted = 77,
    /// The place forbids it (`EX_CONFIG`).
    HostNetwork = 78,
}

impl Exit {
    /// The end of a command's help: `codes` besides success and wrong arguments, which mean the same everywhere.
    pub(super) fn help(codes: &[(Self, &str)]) -> String {
        let every = [(Self::Success, "all is well"), (Self::Usage, "arguments or configuration are wrong")];
        let mut all: Vec<_> = codes.iter().copied().chain(every).collect();
        all.sort_by_key(|(exit, _)| *exit as u8);
        all.dedup_by_key(|(exit, _)| *exit as u8);
        let mut text = String::from("Exit codes:\n");
        for (exit, meaning) in all {
            let _ = writeln!(text, "  {:>2}  {meaning}", exit as u8);
        }
        text.trim_end().to_owned()
    }
}

/// What a command has to say, and its exit code.
#[derive(Debug, Eq, PartialEq)]
pub struct Outcome {
    /// The exit code.
    pub exit: Exit,
    /// Data, for stdout.
    pub output: String,
    /// Errors and warnings, for stderr.
    pub messages: String,
}

impl Outcome {
    /// Success with `output`.
    pub fn success(output: impl Into<String>) -> Self {
        Self { exit: Exit::Success, output: output.into(), messages: String::new() }
    }

    /// An end for which `errors` are the reason, each on a line of its own.
    pub fn errors(exit: Exit, errors: impl IntoIterator<Item = impl Display>) -> Self {
        Self { exit, output: String::new(), messages: lines("error", errors) }
    }

    /// Adds warnings.
    #[must_use]
    pub fn with_warnings(mut self, warnings: impl IntoIterator<Item = impl Display>) -> Self {
        self.messages.push_str(&lines("warning", warnings));
        self
    }

    /// Writes what there is to say and gives the exit code. A reader that has gone away is no error.
    pub fn report(self) -> ExitCode {
        self.write(io::stdout(), io::stderr())
    }

    /// Writes to `stdout` and `stderr`.
    pub(super) fn write(self, mut stdout: impl io::Write, mut stderr: impl io::Write) -> ExitCode {
        let _ = stdout.write_all(self.output.as_bytes());
        let _ = stderr.write_all(self.messages.as_bytes());
        (self.exit as u8).into()
    }
}

fn lines(level: &str, texts: impl IntoIterator<Item = impl Display>) -> String {
    let lines: Vec<_> = texts
        .into_iter()
        .map(|text| without_tokens(&format!("{level}: {text}\n")))
        .collect();
    lines.concat()
}
