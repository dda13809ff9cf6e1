//! A program that runs in the emulator's environment and for which the emulator is there.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
    os::unix::process::ExitStatusExt as _,
    process::{ExitCode, ExitStatus},
};

use anyhow::Context as _;
use clap::{Arg, ArgMatches, value_parser};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    signal::unix::SignalKind,
};

use super::super::{Failed, signals::End};

const ARGUMENT: &str = "program";

/// What shells add to the number of a signal that ended a program.
const BY_SIGNAL: i32 = 128;

/// `-- PROGRAM ARGUMENTS`.
pub(super) fn argument() -> Arg {
    Arg::new(ARGUMENT)
        .value_name("PROGRAM")
        .num_args(1..)
        .last(true)
        .value_parser(value_parser!(OsString))
        .help("Run this program, with its arguments, in the emulator's environment, and end with it")
}

/// A command line.
pub(super) struct Program(Vec<OsString>);

impl Program {
    /// The one that was asked for.
    pub(super) fn of(matches: &ArgMatches) -> Option<Self> {
        Some(Self(matches.get_many(ARGUMENT)?.cloned().collect()))
    }

    /// As a person calls it.
    pub(super) fn name(&self) -> String {
        self.0
            .first()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Runs it until it ends, with `environment` besides that of this process. Signals are passed on to it.
    pub(super) async fn run(
        &self,
        environment: Vec<(&'static str, String)>,
        end: &mut End,
    ) -> Result<ExitCode, Failed> {
        let (program, arguments) = self
            .0
            .split_first()
            .ok_or_else(|| Failed::Usage("a program is needed after `--`".into()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .envs(environment)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failed::Usage(format!("cannot run `{}`: {error}", self.name())))?;
        loop {
            tokio::select! {
                status = child.wait() => return Ok(code(status.context("cannot wait for the program")?)),
                signal = end.asked_for() => pass_on(&child, signal),
            }
        }
    }
}

/// A terminal sends Ctrl-C to all that run in it, the program too: one is enough.
fn pass_on(child: &Child, signal: SignalKind) {
    if signal == SignalKind::interrupt() && io::stdin().is_terminal() {
        return;
    }
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let (Some(process), Some(signal)) =
        (id.and_then(Pid::from_raw), Signal::from_named_raw(signal.as_raw_value()))
    {
        // It may have ended just now.
        let _ = kill_process(process, signal);
    }
}

/// Its exit code as a shell tells it.
fn code(status: ExitStatus) -> ExitCode {
    let number = status
        .code()
        .or_else(|| status.signal().map(|signal| BY_SIGNAL + signal));
    number
        .and_then(|number| u8::try_from(number).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
