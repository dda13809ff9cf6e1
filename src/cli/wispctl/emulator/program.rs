//! A program that runs in the emulator's environment and for which the emulator is there.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitCode, ExitStatus},
};

use anyhow::Context as _;
use clap::{Arg, ArgMatches, value_parser};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{command::CliError, wispctl::signals::End};

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
    ) -> Result<ExitCode, CliError> {
        let (program, arguments) = self
            .0
            .split_first()
            .ok_or_else(|| CliError::Usage("a program is needed after `--`".into()))?;
        let cannot_wait = "cannot wait for the program";
        let mut a_child_ended = signal(SignalKind::child()).context(cannot_wait)?;
        let mut running = Command::new(program)
            .args(arguments)
            .envs(environment)
            .spawn()
            .map(Running)
            .map_err(|error| CliError::Usage(format!("cannot run `{}`: {error}", self.name())))?;
        loop {
            if let Some(status) = running.0.try_wait().context(cannot_wait)? {
                return Ok(code(status));
            }
            tokio::select! {
                _ = a_child_ended.recv() => {}
                signal = end.asked_for() => pass_on(&running.0, signal),
            }
        }
    }
}

/// A program that does not outlive the emulator. Waited for by SIGCHLD and not by tokio's `process`: that feature would have
/// tokio, and all that builds on it, compiled once for `wisp` and once more for `wispctl`.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A terminal sends Ctrl-C to all that run in it, the program too: one is enough.
fn pass_on(child: &Child, signal: SignalKind) {
    if signal == SignalKind::interrupt() && io::stdin().is_terminal() {
        return;
    }
    let id = i32::try_from(child.id()).ok();
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
