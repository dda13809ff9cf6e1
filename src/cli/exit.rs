//! How a command ends.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

/// The exit codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// All went well.
    Success = 0,
    /// The command was understood and failed.
    Failure = 1,
    /// The arguments of a command for manifests are wrong.
    Arguments = 2,
    /// Nothing changed, and that was asked for.
    NothingChanged = 3,
    /// Something would change.
    WouldChange = 4,
    /// Arguments or configuration are wrong (`EX_USAGE` of sysexits.h).
    Usage = 64,
    /// The kernel has not what is needed (`EX_UNAVAILABLE`).
    Unsupported = 69,
    /// The kernel refuses (`EX_OSERR`).
    System = 71,
    /// The program's file has not the capability that the image gave it (`EX_OSFILE`).
    FileCapabilityLost = 72,
    /// The port is not to be had (`EX_CANTCREAT`).
    NotListening = 73,
    /// What was made does not do what it is for (`EX_PROTOCOL`).
    NotProven = 76,
    /// The process has not the right (`EX_NOPERM`).
    NotPermitted = 77,
    /// It is not a place where this may be done (`EX_CONFIG`).
    HostNetwork = 78,
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
        let _ = io::stdout().write_all(self.output.as_bytes());
        let _ = io::stderr().write_all(self.messages.as_bytes());
        (self.exit as u8).into()
    }
}

fn lines(level: &str, texts: impl IntoIterator<Item = impl Display>) -> String {
    let lines: Vec<_> = texts
        .into_iter()
        .map(|text| format!("{level}: {text}\n"))
        .collect();
    lines.concat()
}
